#include "adapters/peer.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <utility>

namespace conformance
{

namespace
{

void call(const std::function<void()> &fn)
{
    auto copy = fn; // the lambda may destroy the peer that holds it
    if (copy)
        copy();
}

} // namespace

struct Callbacks {
    static Peer &of(bight_protocol *protocol)
    {
        Peer &peer = *static_cast<Peer *>(protocol);
        EXPECT_FALSE(peer.closed) << "a callback after closed";
        return peer;
    }

    static void connected(bight_protocol *protocol, bight_transport *transport)
    {
        Peer &peer = of(protocol);
        EXPECT_FALSE(peer.connected) << "connected twice";
        peer.connected = true;
        peer.transport = transport;
        call(peer.onConnected);
    }

    static void received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
    {
        Peer &peer = of(protocol);
        std::string_view view(reinterpret_cast<const char *>(bytes), size);
        auto copy = peer.onReceived;
        EXPECT_TRUE(peer.connected);
        EXPECT_FALSE(peer.ended) << "received after ended";
        EXPECT_GE(size, 1u);
        peer.bytes += size;
        peer.receivedCalls++;
        if (peer.keepsText)
            peer.text += view;
        if (copy)
            copy(view);
    }

    static void ended(bight_protocol *protocol)
    {
        Peer &peer = of(protocol);
        EXPECT_TRUE(peer.connected);
        EXPECT_FALSE(peer.ended) << "ended twice";
        peer.ended = true;
        if (peer.onEnded)
            call(peer.onEnded);
        else
            bight_transport_close(peer.transport);
    }

    static void drained(bight_protocol *protocol)
    {
        Peer &peer = of(protocol);
        EXPECT_TRUE(peer.connected);
        peer.drainedCalls++;
        call(peer.onDrained);
    }

    static void closed(bight_protocol *protocol, const bight_error *reason)
    {
        Peer &peer = of(protocol);
        EXPECT_TRUE(peer.connected || peer.closesUnconnected) << "closed without connected";
        peer.closed = true;
        peer.transport = nullptr;
        if (reason != nullptr) {
            peer.reason = bight_error_get_status(reason);
            peer.reasonText = bight_error_get_message(reason);
        }
        call(peer.onClosed);
    }
};

namespace
{

const bight_protocol_ops peer_ops = {
    sizeof(bight_protocol_ops), "conformance-peer", Callbacks::connected, Callbacks::received,
    Callbacks::ended,           Callbacks::drained, Callbacks::closed,
};

struct Attempt {
    std::shared_ptr<Outcome> outcome;
};

bight_result finish(bight_result in, void *data)
{
    std::unique_ptr<Attempt> attempt(static_cast<Attempt *>(data));
    Outcome &outcome = *attempt->outcome;
    EXPECT_FALSE(outcome.done) << "an attempt ended twice";
    outcome.done = true;
    if (in.error != nullptr) {
        outcome.status = bight_error_get_status(in.error);
        outcome.message = bight_error_get_message(in.error);
        outcome.code = bight_error_get_code(in.error);
        if (bight_error_get_domain(in.error) != nullptr)
            outcome.domain = bight_error_get_domain(in.error);
    } else {
        outcome.transport = static_cast<bight_transport *>(in.value);
    }
    bight_result_free(in);
    call(outcome.then);
    return bight_result_value(nullptr);
}

} // namespace

Peer::Peer() : bight_protocol{&peer_ops} {}

Peer::~Peer()
{
    if (freesTransport)
        bight_transport_free(transport);
}

void Peer::echo()
{
    onReceived = [this](std::string_view content) {
        if (write(content) == BIGHT_FLOW_WAIT)
            bight_transport_pause(transport);
    };
    onDrained = [this] { bight_transport_resume(transport); };
}

Server::Server(bight_reactor *reactor, const std::string &endpoint,
               std::function<void(Peer &)> prepare, const bight_listen_options *options)
    : prepare_(std::move(prepare))
{
    auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
        auto &self = *static_cast<Server *>(data);
        if (self.refuses)
            return nullptr;
        Peer &peer = *self.peers.emplace_back(std::make_unique<Peer>());
        if (self.prepare_)
            self.prepare_(peer);
        return &peer;
    };
    bight_error *error = nullptr;
    if (bight_listen_with(reactor, endpoint.c_str(), options, serve, this, &error, &listener_) !=
        BIGHT_OK) {
        std::string message = bight_error_get_message(error);
        bight_error_unref(error);
        throw std::runtime_error(message);
    }
}

Server::~Server()
{
    bight_listener_free(listener_);
}

void Server::stopListening()
{
    bight_listener_free(std::exchange(listener_, nullptr));
}

unsigned short Server::port() const
{
    std::string where = endpoint();
    return static_cast<unsigned short>(std::atoi(where.c_str() + where.rfind(':') + 1));
}

Outcome::~Outcome()
{
    bight_deferred_free(deferred);
}

std::shared_ptr<Outcome> connect(bight_reactor *reactor, const std::string &endpoint, Peer &peer)
{
    auto outcome = std::make_shared<Outcome>();

    outcome->deferred = bight_connect(reactor, endpoint.c_str(), &peer);
    bight_deferred_both(outcome->deferred, finish, new Attempt{outcome});
    return outcome;
}

std::shared_ptr<Outcome> connectWith(bight_reactor *reactor, const std::string &endpoint,
                                     const bight_connect_options &options, Peer &peer)
{
    auto outcome = std::make_shared<Outcome>();

    outcome->deferred = bight_connect_with(reactor, endpoint.c_str(), &options, &peer);
    bight_deferred_both(outcome->deferred, finish, new Attempt{outcome});
    return outcome;
}

} // namespace conformance
