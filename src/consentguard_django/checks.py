"""System checks with stable ids, tag `privacy`: what the site's models and its policy leave open."""
