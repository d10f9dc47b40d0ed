"""Courses of the made-up company, what they teach, and what participants say of them."""

import pandas as pd

CORE = "c01"
COURSES = pd.DataFrame([
    ("c01", "Building software with AI: eight weeks with your own code", "workshop", "in-house", 40, 1400,
     "person", "assistants; agents; testing; security"),
    ("c02", "Generative AI from the ground up", "self_paced", "library", 10, 90,
     "person", "concepts; limits"),
    ("c03", "Statistics for people who ship", "self_paced", "library", 16, 120,
     "person", "metrics; experiments"),
    ("c04", "Retrieval that can be trusted", "live", "vendor", 14, 650,
     "person", "retrieval; evaluation"),
    ("c05", "Agents: limits, logs and tests", "live", "vendor", 16, 800,
     "person", "agents; orchestration"),
    ("c06", "Evaluating language models", "workshop", "in-house", 12, 4200,
     "cohort", "evaluation; judges"),
    ("c07", "Serving models without surprises", "self_paced", "library", 12, 110,
     "person", "serving; cost; monitoring"),
    ("c08", "Attack your own prompt", "workshop", "in-house", 8, 3000,
     "cohort", "security; injection"),
    ("c09", "Data, license and duty", "self_paced", "library", 6, 60,
     "person", "privacy; license; governance"),
    ("c10", "Coaching circle", "mentoring", "in-house", 20, 0,
     "person", "coaching; delegation"),
    ("c11", "One real use case, measured", "project", "in-house", 30, 0,
     "person", "value; measurement"),
    ("c12", "Machine learning certificate", "certification", "vendor", 60, 950,
     "person", "machine learning; tuning"),
    ("c13", "Prompts and context that hold up", "live", "vendor", 8, 380,
     "person", "prompts; context"),
    ("c14", "Choosing and adapting models for text, image and speech", "self_paced", "library", 18, 140,
     "person", "language; vision; adaptation"),
    ("c15", "Requirements, design and operation with an assistant", "self_paced", "in-house", 8, 60,
     "person", "requirements; design; operation"),
    ("c16", "Leading teams that work with AI", "live", "vendor", 12, 900,
     "person", "leadership; delegation; value"),
    ("c17", "Review and maintain what AI wrote", "workshop", "in-house", 8, 2600,
     "cohort", "review; maintenance"),
    ("c18", "Data pipelines for models", "self_paced", "library", 14, 120,
     "person", "pipelines; data quality"),
    ("c19", "Fair to people: testing for harm", "self_paced", "library", 5, 50,
     "person", "fairness; ethics"),
], columns=["course_id", "title", "mode", "provider", "hours", "price", "price_per", "topics"])
TEACHES = {  # course: {competency: (from level, to level, published gain in levels)}
    "c01": {
        "B1": (1, 3, 0.6), "B2": (1, 4, 0.9), "B3": (1, 4, 0.8), "B4": (1, 3, 0.6), "C1": (1, 3, 0.8),
        "C4": (1, 3, 0.5), "E1": (1, 3, 0.6), "E2": (1, 3, 0.5), "F1": (1, 4, 0.7), "D1": (1, 3, 0.4),
        "A1": (0, 3, 0.5)},
    "c02": {"A1": (0, 3, 0.7)},
    "c03": {"A2": (0, 3, 0.6), "D1": (0, 2, 0.3)},
    "c04": {"C2": (2, 4, 0.7), "D1": (1, 3, 0.3)},
    "c05": {"C4": (2, 4, 0.8), "E1": (1, 3, 0.2)},
    "c06": {"D1": (1, 4, 0.8), "B3": (2, 4, 0.2)},
    "c07": {"D2": (1, 3, 0.6), "D3": (1, 3, 0.3)},
    "c08": {"E1": (1, 4, 0.7)},
    "c09": {"E2": (0, 3, 0.5), "E4": (0, 2, 0.4)},
    "c10": {"F3": (1, 4, 0.5), "F1": (1, 4, 0.3)},
    "c11": {"F4": (1, 3, 0.6), "F2": (1, 3, 0.3)},
    "c12": {"A3": (1, 3, 0.8), "C3": (1, 3, 0.5), "A4": (1, 3, 0.3)},
    "c13": {"C1": (1, 4, 0.6), "B2": (1, 3, 0.2)},
    "c14": {"C3": (1, 4, 0.6), "A4": (1, 3, 0.5)},
    "c15": {"B1": (1, 4, 0.5), "D3": (1, 3, 0.2)},
    "c16": {"F1": (2, 5, 0.4), "F3": (2, 5, 0.3), "F4": (2, 4, 0.4), "E4": (1, 4, 0.3)},
    "c17": {"B4": (1, 4, 0.6), "B3": (1, 3, 0.3)},
    "c18": {"D4": (1, 4, 0.6), "A2": (1, 3, 0.2)},
    "c19": {"E3": (0, 3, 0.5)},
}
# Nobody has taken these yet; they can be booked.
NEW = tuple(f"c{number}" for number in range(13, 20))
NEEDS = (("c04", "c02"), ("c05", "c01"), ("c06", "c03"), ("c12", "c03"), ("c14", "c03"), ("c16", "c02"))
QUESTIONS = ("I can use this in my work", "The pace was right", "I would recommend this training")
COMMENTS = {  # theme: what people say
    "time": ("More time to practice, please.", "Hard to fit in beside the sprint.",
             "A fixed afternoon each week would help."),
    "tools": ("The assistant was slow on our large repository.", "Access to the tools came late."),
    "relevance": ("Examples from our own code were best.", "Too little on testing."),
    "coaching": ("The coach helped me over the first hurdle.", "Pair work taught me most."),
    "worry": ("I wonder what this means for junior colleagues.",),
}
