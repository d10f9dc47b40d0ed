"""Program folders: what they may hold, reading them, and naming every fault."""

from upskill.data.address import is_address, keep_password, program_name, public_address, without_passwords
from upskill.data.assumptions import Assumption, read_reference_assumptions
from upskill.data.contract import TABLES
from upskill.data.correlations import RankCorrelation
from upskill.data.digest import Digests, program_digest, program_digests, team_digest
from upskill.data.evidence import read_evidence
from upskill.data.facts import Fact, ReportFacts, read_facts
from upskill.data.options import Option
from upskill.data.pilot_result import PilotResult, pilot_result
from upskill.data.place import pin_version
from upskill.data.program import Program
from upskill.data.read import check_program, read_beside, read_program
from upskill.data.reference_tables import read_integration_checklist, read_life_cycle, read_module_designs
from upskill.data.restated import restated_sentence, restatements
from upskill.data.schema import FAULT_CODES, Column, Fault, NotEnoughData, ProgramError, Table
from upskill.data.settings import Settings
from upskill.data.template import write_new_program
from upskill.data.upcoming import decision_by, decision_owner, next_gate, numbered

__all__ = ["FAULT_CODES", "TABLES", "Assumption", "Column", "Digests", "Fact", "Fault", "NotEnoughData", "Option",
           "PilotResult", "Program", "ProgramError", "RankCorrelation", "ReportFacts", "Settings", "Table",
           "check_program", "decision_by", "decision_owner", "is_address", "keep_password", "next_gate", "numbered",
           "pilot_result", "pin_version", "program_digest", "program_digests", "program_name", "public_address",
           "read_beside", "read_evidence", "read_facts", "read_integration_checklist", "read_life_cycle",
           "read_module_designs", "read_program", "read_reference_assumptions", "restated_sentence", "restatements",
           "team_digest", "without_passwords", "write_new_program"]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
