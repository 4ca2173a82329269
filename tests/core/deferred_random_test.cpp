// Thousands of small programs, made up at random but the same in every run: steps that fire,
// cancel, free, bind and wait for whatever they find. Whatever they do, what is kept runs once, no
// value is left, and (with the sanitizers) nothing is touched that is gone.
#include "deferred_support.hpp"
#include <bight/gather.h>
#include <bight/lock.h>
#include <bight/owner.h>
#include <bight/queue.h>
#include <gtest/gtest.h>
#include <random>
#include <support/alloc.hpp>

namespace
{

using deferred_support::Counted;
using deferred_support::error;
using deferred_support::Messages;

class Program
{
  public:
    explicit Program(unsigned seed)
        : random_(seed), lock_(bight_lock_new()), queue_(bight_queue_new(2))
    {
        for (bight_owner &owner : owners_)
            bight_owner_init(&owner);
    }
    ~Program()
    {
        bight_semaphore_free(lock_);
        bight_queue_free(queue_);
        for (bight_owner &owner : owners_)
            bight_owner_deinit(&owner);
        EXPECT_EQ(live_, 0);
        EXPECT_EQ(kept_, 0);
    }
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;

    void run()
    {
        for (int i = 0; i < 60; i++)
            act();
        fuel_ = 0;
        while (!handles_.empty())
            bight_deferred_free(takeHandle());
        while (!promises_.empty())
            bight_promise_free(takePromise());
    }

  private:
    unsigned pick(unsigned count)
    {
        return static_cast<unsigned>(random_() % count);
    }
    bight_deferred *takeHandle()
    {
        size_t index = pick(static_cast<unsigned>(handles_.size()));
        bight_deferred *taken = handles_[index];

        handles_.erase(handles_.begin() + static_cast<long>(index));
        return taken;
    }
    bight_promise *takePromise()
    {
        size_t index = pick(static_cast<unsigned>(promises_.size()));
        bight_promise *taken = promises_[index];

        promises_.erase(promises_.begin() + static_cast<long>(index));
        return taken;
    }
    bight_result value()
    {
        return bight_result_take(new Counted(live_), Counted::destroy);
    }
    // One that was held and is done, if there is one: to wait for any other might be a circle.
    bight_deferred *takeDone()
    {
        bight_deferred *taken;

        if (handles_.empty())
            return bight_queue_get(queue_);
        taken = takeHandle();
        if (bight_deferred_is_done(taken))
            return taken;
        handles_.push_back(taken);
        return bight_queue_get(queue_);
    }
    // A deferred that belongs to nobody yet: new, done, one that was held, or many of them.
    bight_deferred *any()
    {
        bight_promise *promise;
        bight_deferred *made;

        switch (pick(8)) {
        case 0:
            return bight_deferred_of(value());
        case 1:
            return bight_deferred_failed(error());
        case 2:
            return takeDone();
        case 3:
            return bight_semaphore_acquire(lock_);
        case 4: {
            bight_deferred *many[] = {any(), any()};
            return pick(2) == 0 ? bight_gather_all(many, 2) : bight_gather_first(many, 2);
        }
        default:
            made = bight_deferred_new(&promise);
            if (made == nullptr)
                return nullptr;
            if (pick(3) == 0)
                bight_promise_on_cancel(promise, onCancel, this);
            promises_.push_back(promise);
            return made;
        }
    }
    static void onCancel(bight_promise *, void *data)
    {
        static_cast<Program *>(data)->act();
    }
    void addStep(bight_deferred *deferred)
    {
        switch (pick(8)) {
        case 0:
            bight_deferred_then(deferred, step, nullptr, this);
            break;
        case 1:
            bight_deferred_then(deferred, nullptr, step, this);
            break;
        case 2:
            kept_++;
            bight_deferred_keep(deferred, this, onKept);
            break;
        case 3:
            kept_++;
            bight_deferred_listen(deferred, onListen, this);
            break;
        case 4:
            bight_deferred_loop(deferred, step, this);
            break;
        case 5:
            bight_deferred_always(
                deferred, [](void *data) { static_cast<Program *>(data)->act(); }, this);
            break;
        case 6:
            bight_deferred_bind(deferred, &owners_[pick(2)]);
            break;
        default:
            bight_deferred_both(deferred, step, this);
            break;
        }
    }
    // Adds to a deferred while it is sure to be there: a step may free what it finds.
    void make()
    {
        bight_deferred *made = any();

        for (unsigned steps = pick(6); steps > 0; steps--)
            addStep(made);
        handles_.push_back(made);
    }
    void complete()
    {
        if (promises_.empty())
            return;
        bight_promise *promise = takePromise();

        switch (pick(6)) {
        case 0:
            bight_promise_fail(promise, error());
            break;
        case 1:
            bight_promise_free(promise);
            break;
        case 2:
            promises_.push_back(bight_promise_ref(promise));
            bight_promise_complete(promise, value());
            break;
        case 3:
            bight_promise_complete(promise, bight_result_wait(any()));
            break;
        default:
            bight_promise_complete(promise, value());
            break;
        }
    }
    void act()
    {
        if (fuel_ == 0)
            return;
        fuel_--;
        switch (pick(12)) {
        case 0:
            if (!handles_.empty())
                bight_deferred_free(takeHandle());
            break;
        case 1:
            if (!handles_.empty()) {
                bight_deferred *cancelled = takeHandle();
                bight_deferred_cancel(cancelled);
                handles_.push_back(cancelled);
            }
            break;
        case 2:
            bight_owner_deinit(&owners_[pick(2)]);
            break;
        case 3:
            bight_deferred_free(bight_queue_put(queue_, new Counted(live_), Counted::destroy));
            break;
        case 4:
        case 5:
        case 6:
            make();
            break;
        default:
            complete();
            break;
        }
    }
    static bight_result step(bight_result in, void *data)
    {
        Program *self = static_cast<Program *>(data);

        for (unsigned acts = self->pick(3); acts > 0; acts--)
            self->act();
        switch (self->fuel_ == 0 ? 0 : self->pick(4)) {
        case 0:
            return in;
        case 1:
            bight_result_free(in);
            return self->value();
        case 2:
            bight_result_free(in);
            return bight_result_error(error());
        default:
            bight_result_free(in);
            return bight_result_wait(self->any());
        }
    }
    static void onKept(void *data)
    {
        static_cast<Program *>(data)->kept_--;
    }
    static bight_result onListen(bight_result in, void *data)
    {
        onKept(data);
        return in;
    }

    std::mt19937 random_;
    bight_semaphore *lock_;
    bight_queue *queue_;
    bight_owner owners_[2];
    std::vector<bight_deferred *> handles_;
    std::vector<bight_promise *> promises_;
    int live_ = 0, kept_ = 0, fuel_ = 300;
};

TEST(DeferredAtRandom, whatIsKeptRunsOnceAndNothingIsLeft)
{
    Messages messages;

    for (unsigned seed = 1; seed <= 5000 && !testing::Test::HasFailure(); seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        support::AllocGuard guard;
        Program(seed).run();
    }
}

TEST(DeferredAtRandom, alsoWhenAllocationsFail)
{
    Messages messages;

    for (unsigned seed = 1; seed <= 2000 && !testing::Test::HasFailure(); seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        support::AllocGuard guard;
        Program program(seed);

        guard.failAfter(seed % 97, seed % 5 == 0);
        program.run();
        guard.relent();
    }
}

} // namespace
