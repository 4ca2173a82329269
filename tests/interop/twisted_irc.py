"""Twisted's IRC client on a server: says what it sees, for irc_server_interop_test.cpp."""

import sys

from twisted.internet import protocol, reactor
from twisted.words.protocols import irc


def say(*words):
    print(*words, flush=True)


class Client(irc.IRCClient):
    nickname = "twisted"
    realname = "Twisted"
    username = "twisted"
    lineRate = None

    def __init__(self):
        self.names = []

    def signedOn(self):
        say("signed on")
        self.join("#c")

    def isupport(self, options):
        for option in options:
            say("supports", option)

    def joined(self, channel):
        self.msg(channel, "hello from twisted")

    def irc_RPL_NAMREPLY(self, prefix, params):
        self.names += [name.lstrip("@+") for name in params[3].split()]

    def irc_RPL_ENDOFNAMES(self, prefix, params):
        say("names", *sorted(self.names))

    def privmsg(self, user, channel, message):
        say(f"heard {user.split('!')[0]}: {message}")

    def topicUpdated(self, user, channel, topic):
        say("topic", topic)

    def modeChanged(self, user, channel, added, modes, args):
        say("mode", ("+" if added else "-") + modes, *(arg for arg in args if arg))

    def kickedFrom(self, channel, kicker, message):
        say(f"kicked by {kicker}: {message}")
        self.quit("done")

    def connectionLost(self, reason=None):
        reactor.stop()


class Factory(protocol.ClientFactory):
    protocol = Client

    def buildProtocol(self, address):
        return Client()

    def clientConnectionFailed(self, connector, reason):
        say("failed", reason.getErrorMessage())
        reactor.stop()


reactor.connectTCP(sys.argv[1], int(sys.argv[2]), Factory())
reactor.run()
