"""Feast's own server, as what is tried here starts it, and requests to it and to ours."""
import contextlib, json, pathlib, socket, subprocess, sys, time, urllib.error, urllib.request


def post(url, body):
    """The status and the text of an answer."""
    request = urllib.request.Request(f"{url}/get-online-features", json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextlib.contextmanager
def theirs(directory):
    """Feast's own server over the store in a directory: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    program = pathlib.Path(sys.executable).with_name("feast")
    server = subprocess.Popen([program, "-c", directory, "serve", "-h", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            assert server.poll() is None, "feast serve ended"
            try:
                urllib.request.urlopen(f"{url}/health")
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()
