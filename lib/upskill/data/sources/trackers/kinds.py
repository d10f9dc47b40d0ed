"""Kinds of work: which words of trackers mean which of ours, and which words mean done, open or given up."""

from collections import Counter

from upskill.data.source import fold
from upskill.data.sources.beside import pairs
from upskill.data.sources.git import SourceError

OURS = ("feature", "bug", "task", "experiment")
LEAVE_OUT = "leave out"
KINDS = {word: kind for kind, words in {
    "feature": "story, user story, new feature, feature, improvement, enhancement, feature request, change request, "
               "nutzergeschichte, neue funktion, verbesserung, récit, histoire, nouvelle fonctionnalité, amélioration, "
               "historia, nueva función, mejora, história, novo recurso, melhoria",
    "bug": "bug, defect, fault, incident, problem, hotfix, fehler, bogue, anomalie, error, erro",
    "task": "task, chore, technical task, technical debt, maintenance, support, service request, aufgabe, tâche, tarea, "
            "tarefa, documentation",
    "experiment": "spike, experiment, research, prototype, proof of concept, poc, investigation",
    # They hold other items, which would count twice.
    LEAVE_OUT: "epic, initiative, theme, capability, legend, sub-task, subtask, sub-bug, technical sub-task, unteraufgabe, "
               "sous-tâche, subtarea, subtarefa",
}.items() for word in words.split(", ")}
DONE = {fold(word) for word in ("done", "closed", "resolved", "complete", "completed", "released", "fertig", "erledigt",
                                "geschlossen", "abgeschlossen", "terminé", "fermé", "terminée", "hecho", "listo",
                                "finalizada", "cerrada", "concluído", "itens concluídos", "gereed", "fechado", "klaar", "gesloten")}
OPEN = {fold(word) for word in ("to do", "in progress", "new", "indeterminate", "undefined", "no category", "zu erledigen",
                                "in arbeit", "in bearbeitung", "à faire", "en cours", "por hacer", "en curso", "a fazer",
                                "itens pendentes", "em andamento", "te doen", "in uitvoering")}
WAITING = {fold(word) for word in ("open", "reopened", "backlog", "selected for development", "todo", "in review", "in test",
                                   "testing", "blocked", "on hold", "waiting", "ready", "offen", "wieder geöffnet")} | OPEN
GIVEN_UP = {fold(word) for word in (
    "won't do", "won't fix", "wont do", "wont fix", "duplicate", "cannot reproduce", "declined", "rejected", "cancelled",
    "canceled", "abandoned", "obsolete", "invalid", "incomplete", "not a bug", "wird nicht erledigt",
    "wird nicht behoben", "duplikat", "abgelehnt", "abgebrochen", "doublon", "annulé", "rejeté")}


def kinds_of(words, context, what="issue types"):
    """Return our kind of each word, or LEAVE_OUT; raises SourceError that lists the words nobody has explained."""
    told = pairs(context, "kind")
    wrong = sorted({kind for kind in told.values() if kind not in (*OURS, LEAVE_OUT)})
    if wrong:
        raise SourceError(f"--kind: {', '.join(wrong)}: expected one of {', '.join((*OURS, LEAVE_OUT))}")
    table = KINDS | told
    unknown = Counter(word or "(empty)" for word in words if fold(word) not in table)
    if unknown:
        listed = ", ".join(f"{word} ({count})" for word, count in unknown.most_common())
        first = next(iter(unknown))
        raise SourceError(f"{what} that could be any kind of work: {listed}; say what each is with "
                          f"--kind '{first}=feature' (feature, bug, task, experiment, or leave out)")
    return [table[fold(word)] for word in words]
