#include "support/toy_guest.hpp"

#include <bight/time.h>
#include <gtest/gtest.h>
#include <utility>

namespace support
{

struct ToyGuest::State {
    struct Question {
        State *state;
        bight_guest_call *call;
        unsigned short port;
        unsigned hops;
        long timeout;
    };

    toy *library = nullptr;
    bight_guest *guest = nullptr;
    std::shared_ptr<ToyLog> log;
    std::vector<std::unique_ptr<Question>> questions;
    bool broken = false;
};

namespace
{

using State = ToyGuest::State;

State *of(void *data)
{
    return static_cast<State *>(data);
}

// The function may free the guest and with it the state, and may replace itself.
void call(const std::shared_ptr<ToyLog> &log, std::function<void()> ToyLog::*member)
{
    auto fn = (*log).*member;
    if (fn)
        fn();
}

// -- The hooks of the library

void onSocket(int fd, int wants, void *data)
{
    unsigned events = ((wants & TOY_READ) != 0 ? BIGHT_WATCH_READ : 0) |
                      ((wants & TOY_WRITE) != 0 ? BIGHT_WATCH_WRITE : 0);
    State *self = of(data);

    if (wants == 0) {
        bight_guest_unwatch(self->guest, fd);
        return;
    }
    bight_status status = bight_guest_watch(self->guest, fd, events);
    if (status != BIGHT_OK) {
        self->log->watchStatus = status;
        self->broken = true;
    }
}

void onTimer(long milliseconds, void *data)
{
    if (milliseconds < 0)
        bight_guest_stop_timer(of(data)->guest);
    else
        bight_guest_start_timer(of(data)->guest, BIGHT_MSEC(static_cast<uint64_t>(milliseconds)));
}

void onDone(int job, bool answered, void *data)
{
    auto log = of(data)->log;

    (answered ? log->answered : log->failed)++;
    auto fn = log->onDone;
    if (fn)
        fn(job, answered);
}

const toy_hooks hooks = {onSocket, onTimer, onDone};

// -- The slots of the guest

void ready(bight_guest *guest, int fd, unsigned events, void *data)
{
    auto log = of(data)->log;

    log->ready++;
    EXPECT_FALSE(bight_guest_is_entered(guest)) << "told while the library is on the stack";
    if (bight_guest_enter(guest)) {
        toy_process(of(data)->library, fd, static_cast<int>(events));
        bight_guest_leave(guest);
    }
    call(log, &ToyLog::onReady);
}

void timeout(bight_guest *guest, void *data)
{
    auto log = of(data)->log;

    log->timeouts++;
    EXPECT_FALSE(bight_guest_is_entered(guest)) << "told while the library is on the stack";
    if (bight_guest_enter(guest)) {
        toy_process_time(of(data)->library);
        bight_guest_leave(guest);
    }
    call(log, &ToyLog::onTimeout);
}

void returned(bight_guest *guest, void *data)
{
    auto log = of(data)->log;

    log->returned++;
    EXPECT_TRUE(bight_guest_is_entered(guest));
    if (std::exchange(of(data)->broken, false))
        toy_fail(of(data)->library);
    call(log, &ToyLog::onReturned);
}

void forked(bight_guest *, void *data)
{
    auto log = of(data)->log;

    log->forked++;
    call(log, &ToyLog::onForked);
}

void evicted(bight_guest *, void *data)
{
    auto log = of(data)->log;

    log->evicted++;
    call(log, &ToyLog::onEvicted);
}

void release(bight_guest *, void *data)
{
    State *self = of(data);

    self->log->released++;
    for (auto &question : self->questions)
        bight_guest_call_free(question->call);
    toy_free(self->library);
    delete self;
}

const bight_guest_ops ops = {
    sizeof(bight_guest_ops), "toy", ready, timeout, returned, forked, evicted, release};

void putQuestion(bight_guest *, void *data)
{
    auto *question = static_cast<State::Question *>(data);

    if (toy_ask(question->state->library, question->port, question->hops, question->timeout) < 0)
        question->state->log->failed++;
}

} // namespace

ToyGuest::ToyGuest(bight_reactor *reactor, std::shared_ptr<ToyLog> log)
{
    auto state = std::make_unique<State>();

    state->log = std::move(log);
    state->library = toy_new(&hooks, state.get());
    if (state->library == nullptr)
        return;
    if (bight_guest_new(reactor, &ops, state.get(), &state->guest) != BIGHT_OK) {
        toy_free(state->library);
        return;
    }
    guest_ = state->guest;
    state_ = state.release();
}

ToyGuest::~ToyGuest()
{
    bight_guest_free(guest_);
}

bool ToyGuest::ask(unsigned short port, unsigned hops, long timeout)
{
    auto question = std::make_unique<State::Question>();

    *question = {state_, nullptr, port, hops, timeout};
    if (bight_guest_call_new(guest_, putQuestion, question.get(), &question->call) != BIGHT_OK)
        return false;
    state_->questions.push_back(std::move(question));
    bight_guest_call_make(state_->questions.back()->call);
    return true;
}

GuestCall::GuestCall(bight_guest *guest, std::function<void()> fn) : fn_(std::move(fn))
{
    bight_status status = bight_guest_call_new(
        guest, [](bight_guest *, void *data) { static_cast<GuestCall *>(data)->fn_(); }, this,
        &call_);
    EXPECT_EQ(status, BIGHT_OK);
}

GuestCall::~GuestCall()
{
    bight_guest_call_free(call_);
}

} // namespace support
