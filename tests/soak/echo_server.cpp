#include "soak/echo_server.hpp"

#include <algorithm>
#include <cstring>

namespace soak
{

namespace
{

class Server : public bight_protocol
{
  public:
    explicit Server(Echo &echo);
    ~Server();
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    void received(const uint8_t *bytes, size_t size);
    void drained();

    bight_transport *transport = nullptr;

  private:
    void readHead(const uint8_t *bytes, size_t size);
    void verify(const uint8_t *bytes, size_t size);
    void stall();

    Echo &echo_;
    Head head_ = {0, UINT64_MAX, UINT64_MAX, 0};
    uint64_t received_ = 0;
    bool blocked_ = false, stalled_ = false;
    std::unique_ptr<conformance::Timer> rest_;
};

Server &serverOf(bight_protocol *protocol)
{
    return *static_cast<Server *>(protocol);
}

void connected(bight_protocol *protocol, bight_transport *transport)
{
    serverOf(protocol).transport = transport;
    bight_transport_set_linger(transport, BIGHT_SEC(10));
}

void received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    serverOf(protocol).received(bytes, size);
}

void ended(bight_protocol *protocol)
{
    bight_transport_close(serverOf(protocol).transport);
}

void drained(bight_protocol *protocol)
{
    serverOf(protocol).drained();
}

void closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason; // the client knows how it had to end
    delete &serverOf(protocol);
}

const bight_protocol_ops server_ops = {
    sizeof(bight_protocol_ops), "soak-server", connected, received, ended, drained, closed};

Server::Server(Echo &echo) : bight_protocol{&server_ops}, echo_(echo)
{
    echo_.serverCame();
}

Server::~Server()
{
    echo_.serverGone();
}

void Server::readHead(const uint8_t *bytes, size_t size)
{
    if (received_ >= sizeof(head_))
        return;
    size = std::min<size_t>(size, sizeof(head_) - received_);
    std::memcpy(reinterpret_cast<uint8_t *>(&head_) + received_, bytes, size);
    if (received_ + size < sizeof(head_))
        return;
    if (head_.stall > BIGHT_SEC(5) || head_.stallAt < sizeof(head_))
        echo_.world().wrong("the head of a stream is not what was sent");
}

void Server::verify(const uint8_t *bytes, size_t size)
{
    uint64_t skipped = received_ < sizeof(head_) ? sizeof(head_) - received_ : 0, at;

    if (skipped >= size)
        return;
    at = streamVerify(head_.seed, received_ + skipped, bytes + skipped, size - skipped);
    if (at != received_ + size)
        echo_.world().wrong("the server got a wrong byte at offset %llu",
                            static_cast<unsigned long long>(at));
}

void Server::received(const uint8_t *bytes, size_t size)
{
    readHead(bytes, size);
    verify(bytes, size);
    received_ += size;
    if (received_ >= sizeof(head_) && received_ >= head_.abortAt) {
        bight_transport_abort(transport);
        return;
    }
    if (bight_transport_write(transport, bytes, size) == BIGHT_FLOW_WAIT) {
        blocked_ = true;
        bight_transport_pause(transport);
    }
    if (received_ >= sizeof(head_) && received_ >= head_.stallAt && rest_ == nullptr)
        stall();
}

void Server::stall()
{
    bight_transport_pause(transport);
    stalled_ = true;
    rest_ = std::make_unique<conformance::Timer>(echo_.world().reactor, [this] {
        stalled_ = false;
        if (!blocked_)
            bight_transport_resume(transport);
    });
    rest_->start(head_.stall);
}

void Server::drained()
{
    blocked_ = false;
    if (!stalled_)
        bight_transport_resume(transport);
}

} // namespace

bight_protocol *newServer(Echo &echo)
{
    return new Server(echo);
}

} // namespace soak
