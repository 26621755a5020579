"""A service manager in small: holds two listening sockets, starts tarina-server on them (sd_listen_fds(3)), tells its notices.

    socket_manager.py PROGRAM CONFIG

Prints "port N" and "tls port N", then "notice …" for every message of sd_notify(3). Reads words: restart, reload, watch; ends with its input.
"""
import fcntl
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile

program, config = sys.argv[1:3]


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    return listener


listeners = [listen(), listen()]
folder = tempfile.mkdtemp()
notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notices.bind(os.path.join(folder, "notify"))
environment = {"NOTIFY_SOCKET": os.path.join(folder, "notify")}


def start():
    def hand_over():
        # Away from where they go first: one may lie where another belongs.
        copies = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in listeners]
        for place, copy in enumerate(copies, 3):
            os.dup2(copy, place)
            os.close(copy)
        os.environ["LISTEN_PID"] = os.environ["WATCHDOG_PID"] = str(os.getpid())

    child = os.fork()
    if child == 0:
        hand_over()
        os.environ.update(environment, LISTEN_FDS="2", LISTEN_FDNAMES="tarina.socket:tls")
        os.dup2(2, 1)
        os.execv(program, [program, "--config", config, "serve"])
    return child


def say(line):
    print(line, flush=True)


say(f"port {listeners[0].getsockname()[1]}")
say(f"tls port {listeners[1].getsockname()[1]}")
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
