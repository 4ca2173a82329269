#include "soak/chains.hpp"

#include <bight/gather.h>
#include <bight/later.h>
#include <bight/value.h>
#include <memory>
#include <vector>

namespace soak
{

// One chain from its beginning to its end, when it frees itself. What the end may be is noted here:
// a value, or an error of one of two kinds.
class Chain
{
  public:
    explicit Chain(Chains &chains) : chains_(chains)
    {
        chains_.came(this);
        bight_owner_init(owner_.get());
    }
    ~Chain()
    {
        bight_owner_deinit(owner_.get());
        chains_.gone(this);
    }
    Chain(const Chain &) = delete;
    Chain &operator=(const Chain &) = delete;

    void begin();

  private:
    using Maker = bight_deferred *(Chain::*)();

    bight_deferred *makeDelay();
    bight_deferred *makeLate();
    bight_deferred *makeRetry();
    bight_deferred *makeGathered();
    bight_deferred *makeGuarded();
    bight_deferred *makeQueued();
    bight_deferred *makeOwned();

    uint64_t pause()
    {
        return BIGHT_USEC(1) * chains_.world().random.size(100000);
    }
    bight_deferred *delay()
    {
        return bight_delay(chains_.world().reactor, pause());
    }

    static bight_result attempt(unsigned number, void *data);
    static bight_result guarded(void *data);
    static bight_result putValue(bight_result in, void *data);
    static bight_result answer(bight_result in, void *data);
    static bight_result addOne(bight_result in, void *data);
    static bight_result unreachable(bight_result in, void *data);
    static bight_result end(bight_result in, void *data);
    void breakIt();

    static constexpr intptr_t the_answer = 41;

    Chains &chains_;
    bool mayWork_ = true, mayTimeOut_ = false, mayBeCancelled_ = false;
    unsigned failures_ = 0; // of attempts, before one works
    std::shared_ptr<bight_owner> owner_ = std::make_shared<bight_owner>();
    bight_deferred *deferred_ = nullptr;
    std::unique_ptr<conformance::Timer> break_;
};

bight_result Chain::answer(bight_result in, void *data)
{
    (void)data;
    bight_result_free(in);
    return bight_result_int(the_answer);
}

bight_result Chain::addOne(bight_result in, void *data)
{
    (void)data;
    return bight_result_int(bight_result_get_int(in) + 1);
}

bight_deferred *Chain::makeDelay()
{
    return delay();
}

// A limit that is shorter than the delay, or the other way round.
bight_deferred *Chain::makeLate()
{
    Random &random = chains_.world().random;
    uint64_t length = BIGHT_MSEC(random.between(1, 100));
    uint64_t limit = BIGHT_MSEC(random.between(1, 100));
    bight_deferred *deferred = bight_delay(chains_.world().reactor, length);

    mayWork_ = length <= limit + BIGHT_MSEC(1);
    mayTimeOut_ = limit <= length + BIGHT_MSEC(1);
    return bight_timeout(deferred, chains_.world().reactor, limit);
}

bight_result Chain::attempt(unsigned number, void *data)
{
    Chain &self = *static_cast<Chain *>(data);
    bight_error *error;

    if (number > self.failures_)
        return bight_result_wait(self.delay());
    error = bight_error_new(BIGHT_ERROR_REFUSED, "attempt %u of a soak", number);
    if (number % 2 == 0)
        return bight_result_error(error);
    return bight_result_wait(bight_deferred_failed(error));
}

bight_deferred *Chain::makeRetry()
{
    bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

    options.first_delay = BIGHT_USEC(200);
    options.longest_delay = BIGHT_MSEC(20);
    failures_ = static_cast<unsigned>(chains_.world().random.below(8));
    return bight_retry(chains_.world().reactor, &options, attempt, this);
}

bight_deferred *Chain::makeGathered()
{
    Random &random = chains_.world().random;
    std::vector<bight_deferred *> parts(random.between(1, 12));

    for (bight_deferred *&part : parts)
        part = delay();
    switch (random.below(4)) {
    case 0:
        return bight_gather_all(parts.data(), parts.size());
    case 1:
        return bight_gather_settle(parts.data(), parts.size());
    case 2:
        return bight_gather_some(parts.data(), parts.size(), 1 + parts.size() / 2);
    default:
        return bight_gather_first(parts.data(), parts.size());
    }
}

bight_result Chain::guarded(void *data)
{
    return bight_result_wait(static_cast<Chain *>(data)->delay());
}

bight_deferred *Chain::makeGuarded()
{
    return bight_semaphore_run(chains_.permits(), guarded, this);
}

bight_result Chain::putValue(bight_result in, void *data)
{
    Chain &self = *static_cast<Chain *>(data);

    bight_result_free(in);
    return bight_result_wait(bight_queue_put(self.chains_.values(), nullptr, nullptr));
}

// Every value that is put was asked for: all that wait come to their end.
bight_deferred *Chain::makeQueued()
{
    bight_deferred *both[2] = {delay(), nullptr};

    bight_deferred_then(both[0], putValue, nullptr, this);
    both[1] = bight_queue_get(chains_.values());
    return bight_gather_all(both, 2);
}

bight_result Chain::unreachable(bight_result in, void *data)
{
    static_cast<Chain *>(data)->chains_.world().wrong("a step ran whose owner had gone");
    return in;
}

// Belongs to an owner that goes before it is done, or to one that stays.
bight_deferred *Chain::makeOwned()
{
    bight_deferred *deferred = bight_delay(chains_.world().reactor, BIGHT_SEC(3600));

    bight_deferred_bind(deferred, owner_.get());
    bight_deferred_then(deferred, unreachable, unreachable, this);
    mayWork_ = false;
    mayBeCancelled_ = true;
    return deferred;
}

void Chain::breakIt()
{
    if (bight_deferred_is_done(deferred_))
        return;
    if (owner_->first == nullptr) {
        bight_deferred_cancel(deferred_);
        return;
    }
    // The end listens still, and frees this chain while its owner goes.
    std::shared_ptr<bight_owner> owner = owner_;
    bight_owner_deinit(owner.get());
}

void Chain::begin()
{
    static const Maker makers[] = {&Chain::makeDelay,    &Chain::makeLate,    &Chain::makeRetry,
                                   &Chain::makeGathered, &Chain::makeGuarded, &Chain::makeQueued,
                                   &Chain::makeOwned};
    Random &random = chains_.world().random;
    Maker maker = makers[random.below(sizeof(makers) / sizeof(makers[0]))];
    // Half of a queue's business cannot be taken back alone.
    bool breaks = maker != &Chain::makeQueued && random.chance(25);

    deferred_ = (this->*maker)();
    if (maker != &Chain::makeOwned) {
        bight_deferred_then(deferred_, answer, nullptr, this);
        bight_deferred_then(deferred_, addOne, nullptr, this);
    }
    if (breaks || maker == &Chain::makeOwned) {
        mayBeCancelled_ = true;
        break_ =
            std::make_unique<conformance::Timer>(chains_.world().reactor, [this] { breakIt(); });
        break_->start(pause());
    }
    bight_deferred_listen(deferred_, end, this);
}

bight_result Chain::end(bight_result in, void *data)
{
    std::unique_ptr<Chain> self(static_cast<Chain *>(data));
    World &world = self->chains_.world();
    bight_status status = in.error != nullptr ? bight_error_get_status(in.error) : BIGHT_OK;
    bool right = (status == BIGHT_OK && self->mayWork_) ||
                 (status == BIGHT_ERROR_TIMED_OUT && self->mayTimeOut_) ||
                 (status == BIGHT_ERROR_CANCELLED && self->mayBeCancelled_);

    world.account.chains++;
    if (!right)
        world.wrong("a chain ended as it must not: %s", describe(in.error));
    else if (status == BIGHT_OK && bight_result_get_int(in) != the_answer + 1)
        world.wrong("a chain came to a wrong value");
    bight_result_free(in);
    bight_deferred_free(self->deferred_);
    return bight_result_value(nullptr);
}

namespace
{

constexpr uint64_t beat_interval = BIGHT_MSEC(10);

} // namespace

Chains::Chains(World &world)
    : world_(world), permits_(bight_semaphore_new(3)), values_(bight_queue_new(4)),
      beat_(world.reactor, [this] { beat(); })
{
    beat_.repeat(beat_interval);
}

Chains::~Chains()
{
    bight_semaphore_free(permits_);
    bight_queue_free(values_);
}

void Chains::beat()
{
    for (uint64_t i = world_.random.below(4); i > 0; i--)
        (new Chain(*this))->begin();
}

void Chains::stop()
{
    beat_.stop();
}

} // namespace soak
