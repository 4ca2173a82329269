#include "support/peer.hpp"

#include <gtest/gtest.h>

namespace support
{

namespace
{

void peerCall(const std::function<void()> &fn)
{
    auto copy = fn; // the lambda may destroy the peer that holds it
    if (copy)
        copy();
}

Peer &peerOf(bight_protocol *protocol)
{
    Peer &peer = *static_cast<Peer *>(protocol);

    EXPECT_FALSE(peer.closed) << "a callback after closed";
    if (peer.onAny != nullptr)
        peer.onAny();
    return peer;
}

} // namespace

struct PeerCallbacks {
    static void connected(bight_protocol *protocol, bight_transport *transport)
    {
        Peer &peer = peerOf(protocol);

        EXPECT_FALSE(peer.connected) << "connected twice";
        peer.connected = true;
        peer.transport = transport;
        peerCall(peer.onConnected);
    }

    static void received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
    {
        Peer &peer = peerOf(protocol);
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
        Peer &peer = peerOf(protocol);

        EXPECT_TRUE(peer.connected);
        EXPECT_FALSE(peer.ended) << "ended twice";
        peer.ended = true;
        if (peer.onEnded)
            peerCall(peer.onEnded);
        else if (peer.atEnd_ == AtEnd::close)
            bight_transport_close(peer.transport);
    }

    static void drained(bight_protocol *protocol)
    {
        Peer &peer = peerOf(protocol);

        EXPECT_TRUE(peer.connected);
        peer.drainedCalls++;
        peerCall(peer.onDrained);
    }

    static void closed(bight_protocol *protocol, const bight_error *reason)
    {
        Peer &peer = peerOf(protocol);

        EXPECT_TRUE(peer.connected || peer.closesUnconnected) << "closed without connected";
        peer.closed = true;
        peer.transport = nullptr;
        if (reason != nullptr) {
            const char *domain = bight_error_get_domain(reason);

            peer.reason = bight_error_get_status(reason);
            peer.reasonText = bight_error_get_message(reason);
            peer.reasonDomain = domain != nullptr ? domain : "";
            peer.reasonCode = bight_error_get_code(reason);
            EXPECT_NE(peer.reasonText, "");
        }
        peerCall(peer.onClosed);
    }
};

namespace
{

const bight_protocol_ops peerOps = {
    sizeof(bight_protocol_ops), "test-peer",          PeerCallbacks::connected,
    PeerCallbacks::received,    PeerCallbacks::ended, PeerCallbacks::drained,
    PeerCallbacks::closed,
};

const bight_protocol_ops opsWithoutEnded = {
    sizeof(bight_protocol_ops), "test-peer", PeerCallbacks::connected,
    PeerCallbacks::received,    nullptr,     PeerCallbacks::drained,
    PeerCallbacks::closed,
};

} // namespace

Peer::Peer(AtEnd atEnd) : bight_protocol{&peerOps}, atEnd_(atEnd) {}

Peer::~Peer()
{
    if (freesTransport)
        bight_transport_free(transport);
}

bight_flow Peer::write(std::string_view content)
{
    return bight_transport_write(transport, content.data(), content.size());
}

void Peer::echo()
{
    onReceived = [this](std::string_view content) {
        if (write(content) == BIGHT_FLOW_WAIT)
            bight_transport_pause(transport);
    };
    onDrained = [this] { bight_transport_resume(transport); };
}

void Peer::order(void (*act)(bight_transport *))
{
    if (transport == nullptr)
        return;
    act(transport);
    if (act == bight_transport_free)
        transport = nullptr;
}

void Peer::on(int which, const std::function<void()> &act)
{
    std::function<void()> *const plain[lambdas] = {&onConnected, nullptr, &onEnded, &onDrained,
                                                   &onClosed};

    if (plain[which] != nullptr)
        *plain[which] = act;
    else
        onReceived = [act](std::string_view) { act(); };
}

void Peer::ignoreEnded()
{
    ops = &opsWithoutEnded;
}

void Peer::forget()
{
    transport = nullptr;
    text = reasonText = reasonDomain = "";
    bytes = 0;
    receivedCalls = drainedCalls = 0;
    connected = ended = closed = false;
    reason = BIGHT_OK;
    reasonCode = 0;
}

} // namespace support
