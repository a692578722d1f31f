"""Privacy: training that hides each single example, and attacks that measure it."""

from nbkeras.analysis.privacy.membership import Membership as Membership
from nbkeras.analysis.privacy.membership import membership_attack as membership_attack
from nbkeras.optimizers.privacy_accounting import PrivacySpent as PrivacySpent
from nbkeras.optimizers.privacy_accounting import noise_for as noise_for
from nbkeras.optimizers.private import DPSGD as DPSGD
from nbkeras.optimizers.private import DPAdam as DPAdam

__all__ = [
    "DPSGD",
    "DPAdam",
    "Membership",
    "PrivacySpent",
    "membership_attack",
    "noise_for",
]
