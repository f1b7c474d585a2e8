"""What an audit looks for in images before anybody fits a network to them.

A kind of finding is one file in this room and one line in `tenfold.findings.kinds.KINDS`. It is a
subclass of `tenfold.findings.kind.Kind` with

- a `name`, which `tenfold audit --only` takes and under which `audit.json` keeps it;
- `looks_for`, one sentence for the help and for `audit.json`;
- `find(dataset, say=...)`, which returns `tenfold.core.audit.Findings`: a `Suspect` for each image
  and finding, facts and thresholds as plain numbers, and sentences for the screen. It writes
  nothing, changes nothing and asks nobody. A kind that asks networks gets a function that
  fits them and predicts, by `with_networks`: this room does not import `tenfold.learn`.

`tenfold.experiment.audit` calls each kind, measures its seconds, and writes `audit.json`,
`quarantine.csv` and the tables of `Findings.tables`. Test images are never suggested for removal: a
`Suspect` of the test set has `keep=True`.
"""
