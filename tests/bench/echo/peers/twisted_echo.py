"""An echo server as Twisted's front page has it, on its epoll reactor."""
from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import protocol, reactor  # noqa: E402


class Echo(protocol.Protocol):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data):
        self.transport.write(data)


factory = protocol.Factory.forProtocol(Echo)
factory.noisy = False
port = reactor.listenTCP(0, factory, backlog=4096, interface="127.0.0.1")
print(f"listening tcp:127.0.0.1:{port.getHost().port}", flush=True)
reactor.run()
