"""A service manager in small: holds a listening socket, starts tarina-server on it (sd_listen_fds(3)), tells its notices.

    socket_manager.py PROGRAM CONFIG

Prints "port N", then "notice …" for every message of sd_notify(3). Reads words: restart, reload, watch; ends with its input.
"""
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile

program, config = sys.argv[1:3]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
listener.listen(4096)
folder = tempfile.mkdtemp()
notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notices.bind(os.path.join(folder, "notify"))
environment = {"NOTIFY_SOCKET": os.path.join(folder, "notify")}


def start():
    def hand_over():
        os.dup2(listener.fileno(), 3)
        os.environ["LISTEN_PID"] = os.environ["WATCHDOG_PID"] = str(os.getpid())

    child = os.fork()
    if child == 0:
        hand_over()
        os.set_inheritable(3, True)
        os.environ.update(environment, LISTEN_FDS="1")
        os.dup2(2, 1)
        os.execv(program, [program, "--config", config, "serve"])
    return child


def say(line):
    print(line, flush=True)


say(f"port {listener.getsockname()[1]}")
child = start()
events = selectors.DefaultSelector()
events.register(notices, selectors.EVENT_READ)
events.register(sys.stdin, selectors.EVENT_READ)
ending = False
while not ending:
    for key, _ in events.select():
        if key.fileobj is notices:
            say("notice " + notices.recv(4096).decode().replace("\n", " "))
            continue
        for word in os.read(0, 4096).decode().split() or ["end"]:
            if word == "restart":
                os.kill(child, signal.SIGTERM)
                os.waitpid(child, 0)
                child = start()
            elif word == "reload":
                os.kill(child, signal.SIGHUP)
            elif word == "watch":
                environment["WATCHDOG_USEC"] = "400000"
            elif word == "end":
                ending = True
os.kill(child, signal.SIGTERM)
os.waitpid(child, 0)
os.unlink(os.path.join(folder, "notify"))
os.rmdir(folder)
