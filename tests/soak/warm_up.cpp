#include "soak/warm_up.hpp"

#include <bight/endpoint.h>
#include <bight/pair.h>
#include <stdexcept>

namespace soak
{

namespace
{

constexpr size_t written = 8u << 20, piece = 4000;
constexpr unsigned posts_at_once = 4000, post_rounds = 4;
constexpr unsigned readers = 4; // each inside the callback of another

void run(World &world)
{
    if (bight_reactor_run(world.reactor) != BIGHT_OK)
        throw std::runtime_error("the reactor cannot be run");
}

// One end of a connection in memory sends, closes, and the other takes.
class Chunks
{
  public:
    explicit Chunks(World &world) : world_(world), sender_{{&ops}, this, true}
    {
        if (bight_pair_new(world.reactor, &sender_, &taker_) != BIGHT_OK)
            throw std::runtime_error("no memory for a pair");
        run(world);
    }

  private:
    struct End : bight_protocol {
        Chunks *chunks;
        bool sends;
    };

    static void connected(bight_protocol *protocol, bight_transport *transport)
    {
        static const uint8_t bytes[piece] = {};

        if (!static_cast<End *>(protocol)->sends)
            return;
        for (size_t i = 0; i < written; i += piece)
            (void)bight_transport_write(transport, bytes, piece);
        bight_transport_close(transport);
    }

    static void received(bight_protocol *, const uint8_t *, size_t) {}

    static void closed(bight_protocol *protocol, const bight_error *)
    {
        Chunks &chunks = *static_cast<End *>(protocol)->chunks;

        if (--chunks.open_ == 0)
            bight_reactor_stop(chunks.world_.reactor);
    }

    static const bight_protocol_ops ops;

    World &world_;
    unsigned open_ = 2;
    End sender_, taker_{{&ops}, this, false};
};

const bight_protocol_ops Chunks::ops = {
    sizeof(bight_protocol_ops), "soak-chunks", connected, received, nullptr, nullptr, closed};

// Both of the arrays that take turns grow.
class Calls
{
  public:
    explicit Calls(World &world) : world_(world)
    {
        post();
        run(world);
    }

  private:
    void post()
    {
        for (unsigned i = 0; i < posts_at_once; i++) {
            if (bight_reactor_post(world_.reactor, arrived, this, nullptr) == BIGHT_OK)
                waiting_++;
        }
    }

    static void arrived(void *data)
    {
        Calls &calls = *static_cast<Calls *>(data);

        if (--calls.waiting_ > 0)
            return;
        if (++calls.rounds_ < post_rounds)
            calls.post();
        else
            bight_reactor_stop(calls.world_.reactor);
    }

    World &world_;
    unsigned waiting_ = 0, rounds_ = 0;
};

// Connections that each read inside the callback of the one before.
class Buffers
{
  public:
    explicit Buffers(World &world) : world_(world)
    {
        if (bight_listen(world.reactor, "tcp:127.0.0.1:0", serve, this, nullptr, &listener_) !=
            BIGHT_OK)
            throw std::runtime_error("cannot listen to warm up");
        for (End &client : clients_) {
            client = {{&client_ops}, this, nullptr};
            bight_deferred_free(
                bight_connect(world.reactor, bight_listener_get_endpoint(listener_), &client));
        }
        run(world); // until the last has read
        for (End &client : clients_)
            bight_transport_free(client.transport);
        run(world); // until the servers know
    }
    ~Buffers()
    {
        bight_listener_free(listener_);
    }
    Buffers(const Buffers &) = delete;
    Buffers &operator=(const Buffers &) = delete;

  private:
    struct End : bight_protocol {
        Buffers *buffers;
        bight_transport *transport;
    };

    static bight_protocol *serve(bight_listener *, bight_transport *, void *data)
    {
        Buffers &self = *static_cast<Buffers *>(data);
        End &server = self.servers_[self.served_++];

        server = {{&server_ops}, &self, nullptr};
        return &server;
    }

    static void connected(bight_protocol *protocol, bight_transport *transport)
    {
        static_cast<End *>(protocol)->transport = transport;
    }

    static void served(bight_protocol *, bight_transport *transport)
    {
        (void)bight_transport_write(transport, "go", 2);
    }

    static void read(bight_protocol *protocol, const uint8_t *, size_t)
    {
        Buffers &self = *static_cast<End *>(protocol)->buffers;

        if (++self.reading_ < readers)
            run(self.world_);
        bight_reactor_stop(self.world_.reactor);
    }

    // Until all were told, for they are freed then; the reactor does not count them any more
    // before.
    static void closed(bight_protocol *protocol, const bight_error *)
    {
        Buffers &self = *static_cast<End *>(protocol)->buffers;

        if (--self.served_ == 0)
            bight_reactor_stop(self.world_.reactor);
    }

    static void nothing(bight_protocol *, const uint8_t *, size_t) {}

    static const bight_protocol_ops client_ops, server_ops;

    World &world_;
    bight_listener *listener_ = nullptr;
    End clients_[readers] = {}, servers_[readers] = {};
    unsigned served_ = 0, reading_ = 0;
};

const bight_protocol_ops Buffers::client_ops = {
    sizeof(bight_protocol_ops), "soak-buffers", connected, read, nullptr, nullptr, nullptr};
const bight_protocol_ops Buffers::server_ops = {
    sizeof(bight_protocol_ops), "soak-buffers", served, nothing, nullptr, nullptr, closed};

} // namespace

void warmUp(World &world)
{
    Chunks chunks(world);
    Calls calls(world);
    Buffers buffers(world);
}

} // namespace soak
