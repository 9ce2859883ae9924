"""Serves a model over the OpenAI protocol on this machine until standard input ends: see llm_peer.sh."""

import sys

import xllamacpp


def main(model: str) -> None:
    """Starts the server, says where it is, and waits."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    # More threads than free processors only wait for each other.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    # So small a model does not find an end by itself.
    parameters.n_predict = 160
    parameters.sampling.seed = 1
    server = xllamacpp.Server(parameters)
    print(f"{server.listening_address}/v1", flush=True)
    # Whoever started it holds the other end: the server ends with it, however it ends.
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
