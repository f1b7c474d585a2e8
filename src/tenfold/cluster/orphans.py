"""Wait for the end of the process that started this one; then end what it has left behind.

python -m tenfold.cluster.orphans PSUTIL PID:TIME... is started by `tenfold.cluster.connect`.
"""

import sys
from contextlib import suppress
from pathlib import Path


def end_those(processes: list[str]) -> None:
    """Kill processes that still run, each given by its number and the time of its start."""
    import psutil

    for each in processes:
        pid, began_at = each.split(":")
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            if process.create_time() == float(began_at):  # Another may have its number by now.
                process.kill()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(sys.argv[1]).parent.parent))
    sys.stdin.read()  # It ends when the other end of the pipe is closed.
    end_those(sys.argv[2:])
