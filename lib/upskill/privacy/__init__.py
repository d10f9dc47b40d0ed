"""Who may be seen: names to keep out, groups that subtraction would bare, what was released, what is held."""

from upskill.privacy.ledger import Frozen, Ledger, LedgerError, check_label, open_ledger
from upskill.privacy.names import PERSON_COLUMNS, Names, personal_texts
from upskill.privacy.subtraction import derivable_groups, hidden_cells, hidden_rows

__all__ = ["PERSON_COLUMNS", "Frozen", "Ledger", "LedgerError", "Names", "check_label", "derivable_groups", "hidden_cells",
           "hidden_rows", "open_ledger", "personal_texts"]
