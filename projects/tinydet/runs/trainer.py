"""One run from config to recorded result, continued from whatever an interruption left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from tinydet.configuration import load_config
from tinydet.runs.commands import TOOLS, Command, Launcher
from tinydet.runs.lock import RunLock
from tinydet.runs.measured import Measured, last_log, last_validation, measure
from tinydet.runs.plan import Run
from tinydet.runs.process import RunFailed, call
from tinydet.runs.protocols import main_evaluator
from tinydet.runs.provenance import git_commit
from tinydet.runs.record import record, result_of
from tinydet.runs.training_state import (
    Stage,
    TrainingState,
    fingerprint,
    newest_checkpoint,
    prepare_resume,
    read_stage,
)
from tinydet.tables.results import ResultStore

PREDICTIONS = "predictions.json"


@dataclass
class Trainer:
    """Train, test, profile and record runs.

    Attributes:
        configs: Folder of the configs.
        work: Folder of the work folders.
        store: Results that are recorded.
        launcher: Builds the command lines.
        predictions: Whether the detections of each test are kept, in :data:`PREDICTIONS` of the
            work folder.
    """

    configs: Path
    work: Path
    store: ResultStore
    launcher: Launcher
    predictions: bool = False

    def is_recorded(self, run: Run) -> bool:
        return self.store.has(run.config, run.options_text, run.seed)

    def stage(self, run: Run) -> Stage:
        """Return the progress of a run's training, without changing anything."""
        return read_stage(run.folder(self.work))

    def training(self, run: Run, stage: Stage) -> Command | None:
        """Return the command that trains what is left of a run, ``None`` if nothing is left.

        Raises:
            InputError: The config is invalid, or the work folder holds another training.
        """
        config = self._config(run)
        self._state(run, config, stage)
        return None if stage.trained else self._training(run, config, stage)

    def execute(self, run: Run, stage: Stage, lock: RunLock) -> None:
        """Do what is left of a run.

        Args:
            run: What to do.
            stage: Progress of the training, from :meth:`stage`.
            lock: Held for the work folder.

        Raises:
            InputError: The config is invalid, or the work folder holds another training.
            RunFailed: A tool failed.
        """
        config = self._config(run)
        state = self._state(run, config, stage)
        if not stage.trained:
            self._train(run, config, state, stage, lock)
        measured = self._test(run, config, state.trained, lock)
        profile = self._profile(run, lock)
        result = result_of(run, config, run.folder(self.work), state, measured, profile)
        record(result, self.store)

    def _config(self, run: Run) -> Config:
        config = load_config(self.configs / run.config, run.parsed_options())
        main_evaluator(config)  # otherwise an unknown evaluator fails after days of training
        return config

    def _state(self, run: Run, config: Config, stage: Stage) -> TrainingState:
        wanted = TrainingState(
            run.config, run.options_text, fingerprint(config), self.launcher.gpus
        )
        state = stage.state or wanted
        state.check_same(wanted, run.folder(self.work))
        return state

    def _train(
        self, run: Run, config: Config, state: TrainingState, stage: Stage, lock: RunLock
    ) -> None:
        """Train to the end and write the name of the last checkpoint into ``state``."""
        folder = run.folder(self.work)
        commit = git_commit(TOOLS.parent)
        if commit and commit not in state.commits:
            state.commits.append(commit)
        prepare_resume(folder, stage.newest)
        state.save(folder)
        call("training", self._training(run, config, stage), folder / "train.out", lock)
        newest = newest_checkpoint(folder)
        if newest is None:
            raise RunFailed(f"the training wrote no checkpoint to {folder}")
        state.trained = newest.name
        state.save(folder)

    def _training(self, run: Run, config: Config, stage: Stage) -> Command:
        options = ["--resume"] * (stage.newest is not None)
        options += ["--auto-scale-lr"] * ("auto_scale_lr" in config)
        changes = [f"randomness.seed={run.seed}", *_keep_two(config), *run.options]
        return self.launcher.train(
            self.configs / run.config, run.folder(self.work), *options, "--cfg-options", *changes
        )

    def _test(self, run: Run, config: Config, checkpoint: str, lock: RunLock) -> Measured:
        """Evaluate the last checkpoint, not the best: the best was selected on the test set."""
        folder = run.folder(self.work)
        if not self.predictions and (validated := last_validation(config, folder)):
            print("  the validation of the last epoch is the test", flush=True)
            return measure(config, validated)
        options = ["--out", str(folder / PREDICTIONS)] if self.predictions else []
        options += ["--cfg-options", *run.options] if run.options else []
        command = self.launcher.test(
            self.configs / run.config, folder / checkpoint, folder / "test", *options
        )
        call("testing", command, folder / "test.out", lock)
        return measure(config, last_log(folder / "test"))

    def _profile(self, run: Run, lock: RunLock) -> dict:
        """Return parameters and FLOPs; an empty dictionary where profiling fails."""
        folder = run.folder(self.work)
        out = folder / "complexity.json"
        if not out.is_file():
            options = ["--cfg-options", *run.options] if run.options else []
            command = self.launcher.profile(self.configs / run.config, out, *options)
            try:
                call("profiling", command, folder / "complexity.out", lock)
            except RunFailed as error:
                print(f"  {error}; the cells of parameters and FLOPs stay empty", flush=True)
                return {}
        return json.loads(out.read_text())


def _keep_two(config: Config) -> list[str]:
    """Keep a second checkpoint where the config keeps a single one.

    mmengine deletes the old checkpoint before it writes the new one, so a kill in between would
    lose both.
    """
    hook = config.get("default_hooks", {}).get("checkpoint") or {}
    return ["default_hooks.checkpoint.max_keep_ckpts=2"] * (hook.get("max_keep_ckpts") == 1)
