"""What the official evaluators of AI-TOD and VisDrone gave for small cases, by the case's name."""

import gzip
import json
from pathlib import Path


def _cases(name):
    file = Path(__file__).parent / "data" / f"{name}_cases.json.gz"
    return {case["name"]: case for case in json.loads(gzip.decompress(file.read_bytes()))["cases"]}


AITOD, VISDRONE = _cases("aitod"), _cases("visdrone")
