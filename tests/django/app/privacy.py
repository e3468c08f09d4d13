"""What the clinic's tables hold, beside what stands on the models."""

from consentguard import not_personal, register

register("clinic.Surgery", "visits", subjects={"member": "consultation_ptr.member"})
not_personal("clinic.Topic", "what consultations can be about")
