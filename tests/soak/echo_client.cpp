#include "soak/echo_client.hpp"

#include <algorithm>
#include <bight/pair.h>
#include <cstring>

namespace soak
{

namespace
{

constexpr uint64_t piece_limit = 65536, burst_limit = 262144;

constexpr uint64_t longest_of_gaps = BIGHT_SEC(1); // together

// One in so many calls of received opens a dialog.
constexpr unsigned calls_a_dialog = 200;

// A connection that has not moved for so long will not move any more.
constexpr uint64_t patience = BIGHT_SEC(30), patience_with_proxy = BIGHT_SEC(8);

Client &clientOf(bight_protocol *protocol)
{
    return *static_cast<Client *>(protocol);
}

void clientConnected(bight_protocol *protocol, bight_transport *transport)
{
    clientOf(protocol).connected(transport);
}

void clientReceived(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    World &world = clientOf(protocol).world();

    clientOf(protocol).received(bytes, size);
    if (world.random.below(calls_a_dialog) == 0 && world.dialog)
        world.dialog(); // the client may not see the end of it
}

void clientEnded(bight_protocol *protocol)
{
    clientOf(protocol).ended();
}

void clientDrained(bight_protocol *protocol)
{
    clientOf(protocol).drained();
}

void clientClosed(bight_protocol *protocol, const bight_error *reason)
{
    clientOf(protocol).closed(reason);
}

const bight_protocol_ops client_ops = {sizeof(bight_protocol_ops),
                                       "soak-client",
                                       clientConnected,
                                       clientReceived,
                                       clientEnded,
                                       clientDrained,
                                       clientClosed};

bight_result attemptDone(bight_result in, void *data)
{
    auto *client = static_cast<Client *>(data);

    if (in.error != nullptr)
        client->failed(in.error);
    bight_result_free(in);
    return bight_result_value(nullptr);
}

Ending drawEnding(Random &random)
{
    static const Ending endings[] = {Ending::HalfClose, Ending::HalfClose, Ending::HalfClose,
                                     Ending::HalfClose, Ending::Complete,  Ending::Complete,
                                     Ending::Close,     Ending::Abort,     Ending::Free,
                                     Ending::Broken};

    return endings[random.below(sizeof(endings) / sizeof(endings[0]))];
}

Way drawWay(Random &random, bool proxy)
{
    uint64_t drawn = random.below(100);

    if (drawn < 15)
        return Way::Pair;
    if (drawn < 40)
        return Way::Unix;
    return proxy && drawn < 60 ? Way::Proxy : Way::Tcp;
}

} // namespace

Plan drawPlan(Random &random, bool proxy)
{
    Plan plan = {};
    bool large = random.chance(3);

    plan.way = drawWay(random, proxy);
    plan.ending = drawEnding(random);
    plan.total = sizeof(Head) + (large ? random.between(1 << 20, 3 << 20) : random.size(1 << 17));
    plan.endAt = random.between(1, plan.total);
    plan.piece = random.size(piece_limit);
    plan.gap = random.chance(70) ? 0 : BIGHT_USEC(1) * random.size(20000);
    plan.stallAt = random.chance(15) ? random.between(1, plan.total) : UINT64_MAX;
    plan.stall = BIGHT_MSEC(1) * random.size(400);
    plan.chunk = random.chance(50) ? 0 : random.size(8192);
    plan.cancelAfter = random.chance(3) ? BIGHT_USEC(1) * random.below(200) : BIGHT_NEVER;
    plan.head.seed = random.next();
    plan.head.abortAt =
        plan.ending == Ending::Broken ? random.between(sizeof(Head), plan.total) : UINT64_MAX;
    plan.head.stallAt = random.chance(15) ? random.between(sizeof(Head), plan.total) : UINT64_MAX;
    plan.head.stall = BIGHT_MSEC(1) * random.size(400);
    // Tiny pieces of a large stream are a benchmark of write(), and there is one already.
    if (plan.total / plan.piece > 2000)
        plan.piece = piece_limit;
    // None shall take much longer than a cycle.
    plan.gap = std::min(plan.gap, longest_of_gaps / (plan.total / plan.piece + 1));
    if (plan.total > 65536 && plan.chunk != 0)
        plan.chunk += 1024;
    return plan;
}

Client::Client(Echo &echo, const Plan &plan, bool lossy)
    : bight_protocol{&client_ops}, echo_(echo), plan_(plan), lossy_(lossy),
      begun_(echo.world().now()), movedAt_(begun_), pace_(echo.world().reactor, [this] { pump(); }),
      rest_(echo.world().reactor, [this] { bight_transport_resume(transport_); })
{
}

Client::~Client()
{
    bight_deferred_free(attempt_);
}

void Client::connect(const std::string &endpoint)
{
    attempt_ = bight_connect(echo_.world().reactor, endpoint.c_str(), this);
    bight_deferred_both(attempt_, attemptDone, this);
    if (plan_.cancelAfter == BIGHT_NEVER)
        return;
    giveUp_ = std::make_unique<conformance::Timer>(echo_.world().reactor,
                                                   [this] { bight_deferred_cancel(attempt_); });
    giveUp_->start(plan_.cancelAfter);
}

void Client::connectToPair()
{
    if (bight_pair_new(echo_.world().reactor, this, newServer(echo_)) != BIGHT_OK)
        echo_.world().wrong("no memory for a pair");
}

bool Client::mayFail() const
{
    return plan_.cancelAfter != BIGHT_NEVER || echo_.world().starvedSince(begun_) ||
           (plan_.way == Way::Proxy && (lossy_ || echo_.world().stopping));
}

void Client::failed(const bight_error *error)
{
    if (!mayFail())
        echo_.world().wrong("connect: %s", describe(error));
    echo_.world().account.failed++;
    echo_.clientGone(this);
}

void Client::connected(bight_transport *transport)
{
    World &world = echo_.world();

    transport_ = transport;
    world.account.connections++;
    bight_transport_set_linger(transport, BIGHT_SEC(1));
    if (plan_.way == Way::Pair && plan_.chunk != 0)
        bight_pair_set_chunk(transport, plan_.chunk);
    if (plan_.ending == Ending::Complete &&
        bight_transport_set_idle_timeout(transport, patience + BIGHT_SEC(5)) != BIGHT_OK)
        world.wrong("no memory for an idle timeout");
    pace_.start(0);
}

void Client::fill(uint8_t *bytes, size_t size) const
{
    size_t head = sent_ < sizeof(Head) ? std::min<size_t>(size, sizeof(Head) - sent_) : 0;

    if (head > 0)
        std::memcpy(bytes, reinterpret_cast<const uint8_t *>(&plan_.head) + sent_, head);
    streamFill(plan_.head.seed, sent_ + head, bytes + head, size - head);
}

// Zero when the transport wants to wait.
size_t Client::sendPiece()
{
    uint8_t bytes[piece_limit];
    uint64_t drawn = echo_.world().random.between(1, plan_.piece);
    size_t size = std::min<uint64_t>(drawn, plan_.total - sent_);

    fill(bytes, size);
    if (echo_.world().spoils && sent_ > sizeof(Head))
        bytes[size - 1] ^= 1;
    sent_ += size;
    return bight_transport_write(transport_, bytes, size) == BIGHT_FLOW_WAIT ? 0 : size;
}

void Client::pump()
{
    size_t burst = 0, size = 1;

    if (transport_ == nullptr || cutShort_ || shutDown_)
        return;
    while (sent_ < plan_.total && burst < burst_limit && (burst == 0 || plan_.gap == 0)) {
        size = sendPiece();
        burst += size;
        if (size == 0)
            break;
    }
    if (sent_ < plan_.total) {
        if (size > 0)
            pace_.start(plan_.gap); // else drained calls
    } else if (plan_.ending == Ending::HalfClose) {
        shutDown_ = true;
        bight_transport_shutdown(transport_);
    }
}

void Client::drained()
{
    pump();
}

void Client::verify(const uint8_t *bytes, size_t size)
{
    const auto *head = reinterpret_cast<const uint8_t *>(&plan_.head);
    size_t first = received_ < sizeof(Head) ? std::min<size_t>(size, sizeof(Head) - received_) : 0;
    uint64_t at = received_ + size;

    if (first > 0 && std::memcmp(bytes, head + received_, first) != 0)
        at = received_;
    else if (size > first)
        at = streamVerify(plan_.head.seed, received_ + first, bytes + first, size - first);
    if (at != received_ + size)
        echo_.world().wrong("the client got a wrong byte at offset %llu of %llu",
                            static_cast<unsigned long long>(at),
                            static_cast<unsigned long long>(plan_.total));
}

void Client::received(const uint8_t *bytes, size_t size)
{
    if (ended_ || cutShort_)
        echo_.world().wrong("received after the end");
    verify(bytes, size);
    received_ += size;
    echo_.world().account.bytes += size;
    if (received_ > sent_)
        echo_.world().wrong("more came back than was sent");
    if (breakOff())
        return;
    if (received_ >= plan_.stallAt)
        stall();
}

// Whether nothing more is to be done.
bool Client::breakOff()
{
    bool middle = received_ >= plan_.endAt;

    if (plan_.ending == Ending::Complete && received_ == plan_.total) {
        bight_transport_close(transport_);
        return true;
    }
    if (!middle || (plan_.ending != Ending::Close && plan_.ending != Ending::Abort &&
                    plan_.ending != Ending::Free))
        return false;
    cutShort_ = true;
    if (plan_.ending == Ending::Close) {
        bight_transport_close(transport_);
    } else if (plan_.ending == Ending::Abort) {
        bight_transport_abort(transport_);
    } else {
        bight_transport_free(transport_);
        echo_.world().account.brokenOff++;
        echo_.clientGone(this);
    }
    return true;
}

void Client::stall()
{
    plan_.stallAt = UINT64_MAX;
    bight_transport_pause(transport_);
    rest_.start(plan_.stall);
}

void Client::ended()
{
    ended_ = true;
    bight_transport_close(transport_);
}

void Client::closed(const bight_error *reason)
{
    World &world = echo_.world();
    bool whole = received_ == plan_.total && sent_ == plan_.total;
    bool wanted = plan_.ending == Ending::HalfClose || plan_.ending == Ending::Complete;
    bool lost = plan_.way == Way::Proxy && (lossy_ || cutShort_ || world.stopping);

    transport_ = nullptr;
    if (whole && wanted && reason == nullptr)
        world.account.completed++;
    else
        world.account.brokenOff++;
    if (wanted && !lost && (!whole || reason != nullptr))
        world.wrong("a connection (way %d) ended with %llu of %llu bytes: %s",
                    static_cast<int>(plan_.way), static_cast<unsigned long long>(received_),
                    static_cast<unsigned long long>(plan_.total), describe(reason));
    echo_.clientGone(this);
}

void Client::look(bool giveUp)
{
    World &world = echo_.world();
    bool proxy = plan_.way == Way::Proxy;

    if (sent_ + received_ != moved_ || world.starving) {
        moved_ = sent_ + received_;
        movedAt_ = world.now();
    }
    if (!(proxy && giveUp) && world.now() - movedAt_ < (proxy ? patience_with_proxy : patience))
        return;
    if (!proxy)
        world.wrong("stuck (way %d, ending %d): sent %llu, received %llu of %llu bytes, %zu wait",
                    static_cast<int>(plan_.way), static_cast<int>(plan_.ending),
                    static_cast<unsigned long long>(sent_),
                    static_cast<unsigned long long>(received_),
                    static_cast<unsigned long long>(plan_.total),
                    transport_ != nullptr ? bight_transport_get_pending(transport_) : 0);
    movedAt_ = world.now();
    if (transport_ == nullptr) {
        plan_.cancelAfter = 0;
        bight_deferred_cancel(attempt_);
        return;
    }
    cutShort_ = true;
    bight_transport_abort(transport_);
}

} // namespace soak
