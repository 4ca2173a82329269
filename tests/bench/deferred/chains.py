#!/usr/bin/python3
"""What bench.c measures, with Twisted's Deferred: prints its five numbers in one line."""

import sys
import time
import tracemalloc

from twisted.internet.defer import Deferred, succeed

ROUNDS = 3
LINKS = 10
count = int(sys.argv[1])
problem = ValueError("no")


def step(value):
    return value


def three(deferred):
    for _ in range(3):
        deferred.addCallback(step)
    return deferred


def fired():
    three(succeed(None))


def pending():
    three(Deferred()).callback(None)


def failing():
    deferred = Deferred()
    deferred.addCallback(step)
    deferred.addCallback(step)
    deferred.addErrback(lambda failure: None)
    deferred.errback(problem)


def waiting():
    innermost = deferred = Deferred()
    for _ in range(LINKS):
        outer = succeed(None)
        outer.addCallback(lambda _, inner=deferred: inner)
        outer.addCallback(step)
        deferred = outer
    innermost.callback(None)


def measure(work, links=1):
    best = 1e18
    for _ in range(ROUNDS):
        begin = time.process_time_ns()
        for _ in range(count):
            work()
        best = min(best, (time.process_time_ns() - begin) / count / links)
    return best


def size():
    many = 1000
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [three(Deferred()) for _ in range(many)]
    taken = tracemalloc.get_traced_memory()[0] - before
    return taken / len(kept)


print(*(f"{number:.1f}" for number in (measure(fired), measure(pending), measure(failing),
                                       measure(waiting, LINKS), size())))
