"""Every figure of the batch can be read: contrast of its texts and marks, size of its letters."""

from upskill.show.contrast import figure_faults

FEWEST = 20
KINDS = ("text", "size", "mark")  # names of sixty letters may meet their neighbors here; those of the example may not


def test_every_figure_of_the_batch_can_be_read(batch):
    folder, _ = batch
    drawings = sorted((folder / "out" / "marked").rglob("figures/*.svg"))
    assert len(drawings) > FEWEST
    faults = [(drawing.relative_to(folder / "out").as_posix(), str(fault)) for drawing in drawings
              for fault in figure_faults(drawing.read_text(encoding="utf-8")) if fault.kind in KINDS]
    assert faults == []
