"""Carries reports between the kernel's device and the key's process, and loses none.

Two queues of the kernel drop reports instead of making the sender wait: uhid's has room for 32
towards the key, hidraw's for 64 towards each client. Therefore
- towards the key the pump is real-time, so that it takes each report before a client can write
  the next. That must be a process of its own: a thread would wait for Python's lock while its
  holder waits for the client;
- of a long answer it sends each report when the processor has nothing better to do, which is when
  the client has read all there is. The guest has one processor, or this would not follow.
"""
import os
import select
import signal
import sys
import tempfile
import traceback

REPORT = 64
UNHURRIED_AFTER = 32


class Pump:
    def __init__(self, device, process):
        self.log = tempfile.TemporaryFile()     # of what the key has sent
        self.pid = os.fork()
        if self.pid == 0:
            try:
                carry(device, process.stdin.fileno(), process.stdout.fileno(), self.log.fileno())
            except BaseException:   # pylint: disable=broad-exception-caught
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    def answers(self):
        """Every report the key has sent so far."""
        log = os.pread(self.log.fileno(), 1 << 24, 0)
        return [log[at:at + REPORT] for at in range(0, len(log), REPORT)]

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def carry(device, to_key, from_key, log):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    answer, sent = b"", 0
    poll = select.poll()
    poll.register(device, select.POLLIN)
    poll.register(from_key, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if device.fileno() in ready:
            for report in device.receive():
                os.write(to_key, report)
                sent = 0
        if from_key in ready:
            chunk = os.read(from_key, REPORT - len(answer))
            if not chunk:
                raise EOFError("the key's process has ended")
            answer += chunk
        if len(answer) == REPORT:
            os.write(log, answer)
            sent += 1
            if sent > UNHURRIED_AFTER:
                when_idle()
            device.send(answer)
            answer = b""


def when_idle():
    """Returns when no other process wants the processor."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.sched_yield()
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
