#include "adapters/descriptors.hpp"

#include <bight/adopt.h>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace conformance
{
namespace
{

int require(int result)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category());
    return result;
}

void adopt(bight_reactor *reactor, int read_fd, int write_fd, Peer &peer)
{
    bight_status status = bight_transport_adopt(reactor, read_fd, write_fd, &peer, nullptr);

    if (status != BIGHT_OK)
        throw std::runtime_error(bight_status_text(status));
}

} // namespace

void adoptPipes(bight_reactor *reactor, Peer &client, Peer &server)
{
    int there[2], back[2];

    require(pipe2(there, O_CLOEXEC));
    require(pipe2(back, O_CLOEXEC));
    adopt(reactor, back[0], there[1], client);
    adopt(reactor, there[0], back[1], server);
}

void adoptFifos(bight_reactor *reactor, const std::string &directory, Peer &client, Peer &server)
{
    const std::string names[] = {directory + "/there", directory + "/back"};
    int readers[2], writers[2];

    for (int i = 0; i < 2; i++) {
        require(mkfifo(names[i].c_str(), 0600));
        readers[i] = require(open(names[i].c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        writers[i] = require(open(names[i].c_str(), O_WRONLY | O_CLOEXEC));
        require(fcntl(readers[i], F_SETFL, O_RDONLY)); // as a shell hands it over
    }
    adopt(reactor, readers[1], writers[0], client);
    adopt(reactor, readers[0], writers[1], server);
}

void adoptSockets(bight_reactor *reactor, Peer &client, Peer &server)
{
    int ends[2];

    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    adopt(reactor, ends[0], ends[0], client);
    adopt(reactor, ends[1], ends[1], server);
}

} // namespace conformance
