"""Runs of published tables: trained, tested and recorded in ``configs/<folder>/results.csv``.

plan            the runs that a table asks for
queue           all runs, shared between processes
lock            one process per run
trainer         one run from config to result
commands        command lines for one process, torchrun and Slurm
process         a tool in a process of its own
training_state  progress of a training
protocols       names of each evaluator's numbers in the log
measured        the numbers of a test, from its log
provenance      commit, machine and hours of a training
record          a result, written to ``results.csv``
"""
