"""Where scripts are marked, in joblib's terms: processes on this machine, or the workers of a cluster."""

from __future__ import annotations

from typing import Any

from .ledger import CannotMark

HERE = ("processes", "")
"""Names of the backend that needs no cluster."""

BACKENDS = ("processes", "dask", "ray")


def backend_of(name: str, address: str) -> dict[str, Any]:
    """Return the settings of ``joblib.parallel_config`` for a backend; "" are processes on this machine.

    ``address`` is that of the cluster's scheduler; without one, a small cluster is started here.  Raises
    CannotMark where the cluster's library is not installed.
    """
    if name in HERE:
        return {"backend": "loky"}
    if name not in BACKENDS:
        raise CannotMark(f"there is no backend {name!r}; known are {', '.join(BACKENDS)}")
    try:
        return _dask(address) if name == "dask" else _ray(address)
    except ImportError as error:
        raise CannotMark(
            f"the backend {name} needs a library that is not installed ({error})\n"
            "    help:     pip install 'tripos[cluster]'"
        ) from None


def _dask(address: str) -> dict[str, Any]:
    from distributed import Client

    return {"backend": "dask", "client": Client(address or None)}


def _ray(address: str) -> dict[str, Any]:
    import ray
    from ray.util.joblib import register_ray

    ray.init(address=address or None, ignore_reinit_error=True, log_to_driver=False)
    register_ray()
    return {"backend": "ray"}
