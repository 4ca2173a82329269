// A hostile peer: the input is what a TLS client or a TLS server receives from a pair in memory,
// or, to get behind the handshake, where somebody between two real ends flips bits. The first byte
// says which, and how it is split.
#include <bight/crank.h>
#include <bight/pair.h>
#include <bight/tls.h>

#include "support/certificates.hpp"

#include <cstdint>
#include <cstdlib>
#include <openssl/err.h>
#include <string>

namespace
{

struct End {
    bight_protocol base; // first
    bight_transport *transport;
    bool connected, closed;
    unsigned echoes;
};

End *of(bight_protocol *protocol)
{
    return reinterpret_cast<End *>(protocol);
}

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void onConnected(bight_protocol *protocol, bight_transport *transport)
{
    require(!of(protocol)->connected && !of(protocol)->closed);
    of(protocol)->connected = true;
    of(protocol)->transport = transport;
}

void onReceived(bight_protocol *protocol, const std::uint8_t *bytes, std::size_t size)
{
    require(of(protocol)->connected && !of(protocol)->closed && size > 0);
    if (of(protocol)->echoes++ < 3)
        bight_transport_write(of(protocol)->transport, bytes, size);
}

void onClosed(bight_protocol *protocol, const bight_error *)
{
    require(!of(protocol)->closed);
    of(protocol)->closed = true;
    of(protocol)->transport = nullptr;
}

const bight_protocol_ops ops = {
    sizeof(bight_protocol_ops), "fuzz", onConnected, onReceived, nullptr, nullptr, onClosed};

// Between two real ends: flips bits where it is told to, and hands on the rest.
struct Middle {
    End end;
    Middle *other;
    const std::uint8_t *where; // distances between the flipped bytes
    std::size_t left, passed;
};

void onPassed(bight_protocol *protocol, const std::uint8_t *bytes, std::size_t size)
{
    auto *self = reinterpret_cast<Middle *>(protocol);
    std::string text(reinterpret_cast<const char *>(bytes), size);

    for (std::size_t i = 0; i < size; i++) {
        if (self->left == 0 || self->passed++ < self->where[0] * std::size_t{8})
            continue;
        text[i] = static_cast<char>(text[i] ^ (1 << (self->where[0] & 7)));
        self->passed = 0;
        self->where++;
        self->left--;
    }
    if (self->other->end.transport != nullptr)
        bight_transport_write(self->other->end.transport, text.data(), text.size());
}

const bight_protocol_ops middleOps = {
    sizeof(bight_protocol_ops), "fuzz", onConnected, onPassed, nullptr, nullptr, onClosed};

struct Contexts {
    bight_tls *client = nullptr, *server = nullptr;

    Contexts()
    {
        support::Authority authority;
        support::Identity identity = authority.issue();
        std::string trusted = authority.certificate();
        bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;

        options.ca_pem = view(trusted);
        options.no_resumption = true;
        require(bight_tls_new_client(&options, nullptr, &client) == BIGHT_OK);
        options.certificate_pem = view(identity.certificate);
        options.key_pem = view(identity.key);
        options.clients = BIGHT_TLS_CLIENTS_MAY_PROVE;
        require(bight_tls_new_server(&options, nullptr, &server) == BIGHT_OK);
    }
    ~Contexts()
    {
        bight_tls_unref(client);
        bight_tls_unref(server);
    }
    Contexts(const Contexts &) = delete;
    Contexts &operator=(const Contexts &) = delete;

    static bight_view view(const std::string &text)
    {
        return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
    }
};

const Contexts &contexts()
{
    static const Contexts made;

    return made;
}

void start(bight_transport *below, bool isServer, End &end)
{
    bight_transport *above;

    end.base.ops = &ops;
    if (isServer)
        require(bight_tls_start_server(below, contexts().server, &end.base, &above) == BIGHT_OK);
    else
        require(bight_tls_start_client(below, contexts().client, "server.test", &end.base,
                                       &above) == BIGHT_OK);
}

// Bytes for one end that come out of nowhere.
void feed(bool isServer, unsigned chunk, const std::uint8_t *data, std::size_t size)
{
    bight_reactor *reactor = bight_crank_reactor_new();
    End end = {}, below = {{&ops}, nullptr, false, false, 0}, hostile = below;

    require(bight_pair_new(reactor, &below.base, &hostile.base) == BIGHT_OK);
    bight_crank_settle(reactor);
    bight_pair_set_chunk(below.transport, chunk);
    start(below.transport, isServer, end);
    bight_transport_write(hostile.transport, data, size);
    bight_crank_settle(reactor);
    if (hostile.transport != nullptr)
        bight_transport_close(hostile.transport);
    bight_crank_settle(reactor);
    bight_crank_advance(reactor, BIGHT_SEC(60));
    require(end.closed && !end.connected);
    bight_reactor_free(reactor);
}

// A real conversation of which the input flips bits.
void disturb(const std::uint8_t *data, std::size_t size)
{
    bight_reactor *reactor = bight_crank_reactor_new();
    End client = {}, server = {}, belowClient = {{&ops}, nullptr, false, false, 0};
    End belowServer = belowClient;
    Middle left = {{{&middleOps}, nullptr, false, false, 0}, nullptr, data, size, 0};
    Middle right = left;

    left.other = &right;
    right.other = &left;
    right.left = 0;
    require(bight_pair_new(reactor, &belowClient.base, &left.end.base) == BIGHT_OK);
    require(bight_pair_new(reactor, &right.end.base, &belowServer.base) == BIGHT_OK);
    bight_crank_settle(reactor);
    start(belowServer.transport, true, server);
    start(belowClient.transport, false, client);
    bight_crank_settle(reactor);
    if (client.transport != nullptr)
        bight_transport_write(client.transport, "hello", 5);
    bight_crank_settle(reactor);
    if (client.transport != nullptr)
        bight_transport_shutdown(client.transport);
    bight_crank_settle(reactor);
    bight_reactor_free(reactor);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0 || size > 20000)
        return 0;
    if ((data[0] & 3) == 3)
        disturb(data + 1, size - 1);
    else
        feed((data[0] & 1) != 0, data[0] >> 4, data + 1, size - 1);
    require(ERR_peek_error() == 0);
    return 0;
}
