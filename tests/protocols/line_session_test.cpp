// A line session on a memory transport, against a peer that only writes and reads bytes.
#include "support/peer.hpp"
#include "support/table.hpp"

#include <bight/crank.h>
#include <bight/line.h>
#include <bight/pair.h>

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace
{

using Events = std::vector<std::string>;

std::string text(const uint8_t *bytes, size_t size)
{
    return std::string(reinterpret_cast<const char *>(bytes), size);
}

class LineSession : public testing::Test
{
  protected:
    LineSession()
    {
        options.ending = bight_view_of("\r\n");
    }

    ~LineSession() override
    {
        bight_line_session_free(session);
        raw.order(bight_transport_free);
        bight_reactor_free(reactor);
    }

    void open(const bight_line_session_ops *table = &full)
    {
        ASSERT_EQ(bight_line_session_new(&options, table, this, &session), BIGHT_OK);
        ASSERT_EQ(bight_pair_new(reactor, bight_line_session_get_protocol(session), &raw),
                  BIGHT_OK);
        bight_crank_settle(reactor);
    }

    void write(const std::string &bytes)
    {
        bight_transport_write(raw.transport, bytes.data(), bytes.size());
        bight_crank_settle(reactor);
    }

    void tell(const std::string &event)
    {
        events.push_back(event);
        if (on)
            on(event);
    }

    bight_status send(const std::string &line, bight_flow *flow = nullptr)
    {
        return bight_line_session_send(session, line.data(), line.size(), flow);
    }

    static LineSession *of(void *data)
    {
        return static_cast<LineSession *>(data);
    }

    static const bight_line_session_ops full, bare;

    bight_reactor *reactor = bight_crank_reactor_new();
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_session *session = nullptr;
    support::Peer raw{support::AtEnd::stay}; // the other end
    Events events;
    std::function<void(const std::string &)> on;
};

const bight_line_session_ops LineSession::full = {
    sizeof(bight_line_session_ops),
    [](bight_line_session *, void *data) { of(data)->tell("connected"); },
    [](bight_line_session *, const uint8_t *bytes, size_t size, void *data) {
        of(data)->tell("line:" + text(bytes, size));
    },
    [](bight_line_session *, const uint8_t *bytes, size_t size, uint64_t left, void *data) {
        of(data)->tell("raw:" + text(bytes, size) + ":" + std::to_string(left));
    },
    [](bight_line_session *, const uint8_t *start, size_t size, void *data) {
        of(data)->tell("long:" + text(start, size));
    },
    [](bight_line_session *, void *data) { of(data)->tell("ended"); },
    [](bight_line_session *, void *data) { of(data)->tell("drained"); },
    [](bight_line_session *, const bight_error *reason, void *data) {
        of(data)->tell(std::string("closed:") +
                       (reason != nullptr ? bight_error_get_message(reason) : ""));
    },
    nullptr,
};

const bight_line_session_ops LineSession::bare =
    support::tableOf<bight_line_session_ops>([](auto &table) {
        table.line = [](bight_line_session *, const uint8_t *bytes, size_t size, void *data) {
            of(data)->tell("line:" + text(bytes, size));
        };
    });

TEST_F(LineSession, linesComeAndGo)
{
    open();
    EXPECT_EQ(bight_line_session_get_data(session), this);
    EXPECT_NE(bight_line_session_get_transport(session), nullptr);
    write("one\r\ntwo\nthr");
    write("ee\n");
    EXPECT_EQ(events, (Events{"connected", "line:one", "line:two", "line:three"}));
    EXPECT_EQ(send("answer"), BIGHT_OK);
    bight_crank_settle(reactor);
    EXPECT_EQ(raw.text, "answer\r\n");
}

TEST_F(LineSession, byteByByteIsTheSame)
{
    open();
    bight_pair_set_chunk(bight_line_session_get_transport(session), 1);
    write("one\r\ntwo\n\n");
    EXPECT_EQ(events, (Events{"connected", "line:one", "line:two", "line:"}));
}

TEST_F(LineSession, aLineThatHoldsItsEndIsNotSent)
{
    open();
    EXPECT_EQ(send("a\nb"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(send("a\r\n"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(send(""), BIGHT_OK);
    bight_crank_settle(reactor);
    EXPECT_EQ(raw.text, "\r\n");
}

TEST_F(LineSession, anEndThatGrowsAcrossTheSeamIsNotSent)
{
    options.delimiter = bight_view_of("abab");
    options.ending = bight_view_of("");
    open();
    EXPECT_EQ(send("xab"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(send("xaba"), BIGHT_OK);
    bight_crank_settle(reactor);
    EXPECT_EQ(raw.text, "xabaabab");
}

TEST_F(LineSession, nothingIsSentWithoutAConnection)
{
    ASSERT_EQ(bight_line_session_new(&options, &full, this, &session), BIGHT_OK);
    EXPECT_EQ(send("x"), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_line_session_get_transport(session), nullptr);
    bight_line_session_pause(session);
    bight_line_session_resume(session);
}

TEST_F(LineSession, switchesToRawAndBack)
{
    on = [this](const std::string &event) {
        if (event == "line:RAW")
            bight_line_session_set_raw(session, 4);
        else if (event == "line:ALL")
            bight_line_session_set_raw(session, BIGHT_LINE_UNTIL_TOLD);
        else if (event.rfind("raw:stop", 0) == 0)
            bight_line_session_set_lines(session, 4);
    };
    open();
    write("RAW\nab\ncline\nALL\n");
    write("stopend\n");
    EXPECT_EQ(events, (Events{"connected", "line:RAW", "raw:ab\nc:0", "line:line", "line:ALL",
                              "raw:stopend\n:18446744073709551615", "line:end"}));
}

TEST_F(LineSession, tooLongALineEndsIt)
{
    options.max_line = 4;
    open();
    write("1234\n12345\nmore\n");
    ASSERT_EQ(events.size(), 4U);
    EXPECT_EQ(events[2], "long:1234");
    EXPECT_NE(events[3].find("sent too long a line"), std::string::npos) << events[3];
    EXPECT_EQ(bight_line_session_get_transport(session), nullptr);
    EXPECT_TRUE(raw.closedWith(BIGHT_ERROR_RESET)) << raw.reasonText;
}

TEST_F(LineSession, tooLongALineCanBeSkipped)
{
    options.max_line = 4;
    options.overflow = BIGHT_LINE_SKIP;
    open();
    write("12345\nmore\n");
    EXPECT_EQ(events, (Events{"connected", "long:1234", "line:more"}));
}

TEST_F(LineSession, pausedItHoldsThePeerBackAndGoesOnInALaterTurn)
{
    on = [this](const std::string &event) {
        if (event.rfind("line:", 0) == 0)
            bight_line_session_pause(session);
    };
    open();
    write("a\nb\nc");
    write("\nd\n");
    EXPECT_EQ(events, (Events{"connected", "line:a"}));
    bight_line_session_resume(session);
    EXPECT_EQ(events.size(), 2U) << "not inside the call";
    for (const char *expected : {"line:b", "line:c", "line:d"}) {
        bight_line_session_resume(session);
        bight_crank_settle(reactor);
        EXPECT_EQ(events.back(), expected);
    }
}

TEST_F(LineSession, aLastLineWithoutItsEndIsDroppedIfItNeedsOne)
{
    options.need_ending = true;
    open();
    write("whole\nhalf");
    bight_transport_shutdown(raw.transport);
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"connected", "line:whole", "ended"}));
}

TEST_F(LineSession, readingAheadOfAPauseHearsTheEndAtOnce)
{
    options.read_ahead = true;
    open();
    bight_line_session_pause(session);
    write("one\ntwo\n");
    EXPECT_EQ(bight_line_session_get_waiting(session), 8U);
    bight_transport_shutdown(raw.transport);
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"connected", "ended"}));
    bight_line_session_resume(session);
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"connected", "ended", "line:one", "line:two"}));
}

// Paused in the middle of what came, at each line.
TEST_F(LineSession, readingAheadOfAPauseIsBoundedAndLosesNothing)
{
    std::string flood;

    options.read_ahead = true;
    options.max_waiting = 100;
    open();
    on = [this](const std::string &) { bight_line_session_pause(session); };
    for (int i = 0; i < 50000; i++)
        flood += "line " + std::to_string(i) + "\n";
    write(flood);
    EXPECT_EQ(events.size(), 2U) << "connected and one line";
    EXPECT_LE(bight_line_session_get_waiting(session), 100U);
    EXPECT_GT(bight_transport_get_pending(raw.transport), 0U) << "the rest stays with the peer";
    for (size_t told = 2; told < 200; told++) {
        bight_line_session_resume(session);
        bight_crank_settle(reactor);
        ASSERT_EQ(events.size(), told + 1);
        ASSERT_EQ(events.back(), "line:line " + std::to_string(told - 1));
        ASSERT_LE(bight_line_session_get_waiting(session), 100U);
    }
    on = nullptr;
    bight_line_session_resume(session);
    bight_crank_settle(reactor);
    EXPECT_EQ(events.back(), "line:line 49999");
}

TEST_F(LineSession, readingAheadMayBeFreedInEachLine)
{
    options.read_ahead = true;
    open();
    on = [this](const std::string &event) {
        if (event == "line:b") {
            bight_line_session_free(session);
            session = nullptr;
        }
    };
    write("a\nb\nc\n");
    EXPECT_EQ(events, (Events{"connected", "line:a", "line:b"}));
}

TEST_F(LineSession, reportsHaveTheNameOfTheOptions)
{
    options.name = "news";
    open();
    EXPECT_STREQ(bight_line_session_get_protocol(session)->ops->name, "news");
}

TEST_F(LineSession, aFloodAgainstAPausedSessionStaysWithThePeer)
{
    options.max_line = 64;
    options.max_waiting = 65536;
    open();
    bight_line_session_pause(session);
    for (int i = 0; i < 100; i++)
        write(std::string(4095, 'x') + "\n");
    EXPECT_GT(bight_transport_get_pending(raw.transport), 200000U);
    EXPECT_EQ(events, (Events{"connected"}));
}

TEST_F(LineSession, theLastLineComesBeforeTheEnd)
{
    open();
    write("a\nlast");
    bight_transport_shutdown(raw.transport);
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"connected", "line:a", "line:last", "ended"}));
    EXPECT_EQ(send("still"), BIGHT_OK);
    bight_crank_settle(reactor);
    EXPECT_EQ(raw.text, "still\r\n");
}

TEST_F(LineSession, theEndWaitsForAPausedSession)
{
    on = [this](const std::string &event) {
        if (event == "line:a")
            bight_line_session_pause(session);
    };
    open();
    write("a\nb\nlast");
    bight_transport_shutdown(raw.transport);
    bight_crank_settle(reactor);
    EXPECT_EQ(events.back(), "line:a");
    bight_line_session_resume(session);
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"connected", "line:a", "line:b", "line:last", "ended"}));
}

TEST_F(LineSession, withoutAnEndedTheEndCloses)
{
    open(&bare);
    write("a\nb");
    bight_transport_shutdown(raw.transport);
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"line:a", "line:b"}));
    EXPECT_EQ(bight_line_session_get_transport(session), nullptr);
    EXPECT_TRUE(raw.closed);
}

TEST_F(LineSession, sendingTellsWhenToWaitAndWhenToGoOn)
{
    bight_flow flow = BIGHT_FLOW_GO;
    std::string line(4000, 'x');

    open();
    bight_transport_pause(raw.transport);
    for (int i = 0; i < 200 && flow == BIGHT_FLOW_GO; i++) {
        EXPECT_EQ(send(line, &flow), BIGHT_OK);
        bight_crank_settle(reactor);
    }
    EXPECT_EQ(flow, BIGHT_FLOW_WAIT);
    bight_transport_resume(raw.transport);
    bight_crank_settle(reactor);
    EXPECT_EQ(events.back(), "drained");
}

TEST_F(LineSession, closedTellsWhy)
{
    open();
    bight_transport_close(raw.transport);
    bight_crank_settle(reactor);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1], "ended");
    bight_transport_close(bight_line_session_get_transport(session));
    bight_crank_settle(reactor);
    EXPECT_EQ(events.back().rfind("closed:", 0), 0U);
    EXPECT_EQ(send("x"), BIGHT_ERROR_STATE);
}

class LineSessionFreed : public LineSession, public testing::WithParamInterface<const char *>
{
};

TEST_P(LineSessionFreed, inAnyEventItTellsNothingMore)
{
    std::string wanted = GetParam();
    size_t count = 0;

    options.max_line = 8;
    options.overflow = BIGHT_LINE_SKIP;
    on = [&](const std::string &event) {
        if (event == "line:RAW")
            bight_line_session_set_raw(session, 100);
        if (event.rfind(wanted, 0) != 0)
            return;
        bight_line_session_free(session);
        session = nullptr;
        count = events.size();
    };
    open();
    if (raw.transport != nullptr)
        write("line1\nline2\nmuch too long\nRAW\nrawrawraw");
    if (raw.transport != nullptr)
        bight_transport_close(raw.transport);
    bight_crank_settle(reactor);
    if (session != nullptr)
        bight_transport_close(bight_line_session_get_transport(session));
    bight_crank_settle(reactor);
    EXPECT_EQ(session, nullptr);
    EXPECT_EQ(events.size(), count);
}

INSTANTIATE_TEST_SUITE_P(Events, LineSessionFreed,
                         testing::Values("connected", "line:line1", "long:", "raw:", "ended",
                                         "closed"));

// Whatever the program does in whichever event, closed comes once and last.
class LineSessionEnds : public LineSession,
                        public testing::WithParamInterface<std::tuple<const char *, const char *>>
{
  protected:
    void act(const std::string &action)
    {
        bight_transport *transport = bight_line_session_get_transport(session);

        if (action == "freeReactor")
            bight_reactor_free(std::exchange(reactor, nullptr));
        else if (action == "runTheLoop" && reactor != nullptr)
            bight_crank_settle(reactor);
        if (transport == nullptr || reactor == nullptr)
            return;
        if (action == "sendAndClose") {
            EXPECT_EQ(bight_line_session_send(session, "bye", 3, nullptr), BIGHT_OK);
        }
        if (action == "close" || action == "sendAndClose")
            bight_transport_close(transport);
        else if (action == "abort")
            bight_transport_abort(transport);
        else if (action == "shutDown")
            bight_transport_shutdown(transport);
    }
};

TEST_P(LineSessionEnds, once)
{
    const auto [wanted, action] = GetParam();
    bool acted = false;

    options.max_line = 8;
    options.overflow = BIGHT_LINE_SKIP;
    on = [&, event = std::string(wanted), what = std::string(action)](const std::string &told) {
        if (told == "line:RAW")
            bight_line_session_set_raw(session, 100);
        if (told.rfind(event, 0) == 0 && !std::exchange(acted, true))
            act(what);
    };
    ASSERT_EQ(bight_line_session_new(&options, &full, this, &session), BIGHT_OK);
    ASSERT_EQ(bight_pair_new(reactor, bight_line_session_get_protocol(session), &raw), BIGHT_OK);
    bight_crank_settle(reactor);
    if (raw.transport != nullptr)
        bight_transport_write(raw.transport, "line1\nmuch too long\nRAW\nrawrawraw", 33);
    if (raw.transport != nullptr)
        bight_transport_close(raw.transport);
    if (reactor != nullptr)
        bight_crank_settle(reactor);
    bight_reactor_free(std::exchange(reactor, nullptr));
    EXPECT_TRUE(acted);
    EXPECT_EQ(events.back().rfind("closed", 0), 0u);
    EXPECT_EQ(std::count_if(events.begin(), events.end(),
                            [](const std::string &event) { return event.rfind("closed", 0) == 0; }),
              1);
}

INSTANTIATE_TEST_SUITE_P(
    Events, LineSessionEnds,
    testing::Combine(testing::Values("connected", "line:line1", "long:", "raw:", "ended", "closed"),
                     testing::Values("sendAndClose", "close", "abort", "shutDown", "runTheLoop",
                                     "freeReactor")));

TEST_F(LineSession, freedWhileItsResumeIsDueNothingHappens)
{
    open();
    bight_line_session_pause(session);
    write("a\n");
    bight_line_session_resume(session);
    bight_line_session_free(session);
    session = nullptr;
    bight_crank_settle(reactor);
    EXPECT_EQ(events, (Events{"connected"}));
}

TEST_F(LineSession, wrongOptionsAreRefused)
{
    std::string longest(BIGHT_LINE_MAX_DELIMITER + 1, '-');

    options.ending = bight_view_of(longest.c_str());
    EXPECT_EQ(bight_line_session_new(&options, &full, this, &session), BIGHT_ERROR_INVALID);
    options = BIGHT_LINE_OPTIONS_INIT;
    options.delimiter = bight_view_of(longest.c_str());
    EXPECT_EQ(bight_line_session_new(&options, &full, this, &session), BIGHT_ERROR_INVALID);
    options = BIGHT_LINE_OPTIONS_INIT;
    options.max_line = 0;
    EXPECT_EQ(bight_line_session_new(&options, &full, this, &session), BIGHT_ERROR_INVALID);
    EXPECT_EQ(session, nullptr);
}

} // namespace
