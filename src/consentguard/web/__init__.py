"""Every page and endpoint once, for all frameworks: a request comes in as data, and so does the answer go out."""
