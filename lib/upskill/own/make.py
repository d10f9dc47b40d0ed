"""Make own pages of one person or of everybody."""

from upskill.data import NotEnoughData
from upskill.learning import learning_plan, own_plan
from upskill.own.page import own_page, rater_page
from upskill.own.write import file_name, private_folder, write_private
from upskill.skills.interviews import interview_quality, own_severity
from upskill.skills.own import own_results, own_source


def make_pages(program, output, person=None):
    """Write the page of one person, or of everybody assessed (None); return (pages, people without one, their folder).

    Raises NotEnoughData where the named person was not assessed, or nobody was.
    """
    source = own_source(program)
    people = [person] if person is not None else program["people"]["person_id"].drop_duplicates().tolist()
    pages, without, plan = {}, 0, _plan(program)
    for one in people:
        try:
            pages[one] = own_page(own_results(source, one), program, own_plan(plan, one) if plan else ())
        except NotEnoughData:
            if person is not None:
                raise
            without += 1
    if not pages:
        raise NotEnoughData("Nobody of the table people took a test in the latest wave.")
    folder = private_folder(output, program.slug)
    for one, text in pages.items():
        write_private(folder / file_name(one), text)
    return len(pages), without, folder


def _plan(program):
    """Return the company's learning plan, or None where the program says too little for one."""
    try:
        return learning_plan(program)
    except NotEnoughData:
        return None


FEWEST_RATERS = 3  # of two, each would learn the other's severity


def make_rater_page(program, output, rater):
    """Write the page of one rater about their own severity; return its folder.

    Raises NotEnoughData without ratings of this rater in the latest round, or
    where severity cannot be told.
    """
    quality = interview_quality(program)
    if quality.raters < FEWEST_RATERS:
        raise NotEnoughData(f"Fewer than {FEWEST_RATERS} raters: a page would tell one about the other.")
    try:
        severity = own_severity(quality, rater)
    except KeyError:
        raise NotEnoughData(f"This rater rated nobody in wave {quality.wave}.") from None
    folder = private_folder(output, program.slug)
    write_private(folder / f"rater-{file_name(rater)}", rater_page(severity, quality.wave, program))
    return folder
