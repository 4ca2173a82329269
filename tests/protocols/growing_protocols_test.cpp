// Growing, as growing_test.cpp has it: lines, IRC and databases.
#include "growing_support.hpp"
#include "support/table.hpp"

#include <bight/irc_client.h>
#include <bight/irc_server.h>
#include <bight/line.h>
#include <bight/line_client.h>
#include <bight/sql.h>

namespace
{

using namespace growing;

void ignoreLine(bight_line_parser *, const uint8_t *, size_t, void *) {}
void ignoreSessionLine(bight_line_session *, const uint8_t *, size_t, void *) {}

const bight_line_events lineEvents = {sizeof(lineEvents), ignoreLine, nullptr, nullptr};
const bight_line_session_ops lineOps =
    support::tableOf<bight_line_session_ops>([](auto &table) { table.line = ignoreSessionLine; });

bight_status makeParser(const bight_line_options *options, const bight_line_events *events)
{
    bight_line_parser *made = nullptr;
    bight_status status = bight_line_parser_new(options, events, nullptr, &made);

    if (status == BIGHT_OK) {
        EXPECT_EQ(bight_line_parser_feed(made, reinterpret_cast<const uint8_t *>("a\nb"), 3),
                  BIGHT_OK);
    }
    bight_line_parser_free(made);
    return status;
}

bight_status makeSession(const bight_line_options *options, const bight_line_session_ops *ops)
{
    bight_line_session *made = nullptr;
    bight_status status = bight_line_session_new(options, ops, nullptr, &made);

    bight_line_session_free(made);
    return status;
}

TEST_F(Growing, lineOptions)
{
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    expectOptionsGrow<bight_line_options>(
        options, [](const bight_line_options *given) { return makeParser(given, &lineEvents); });
    expectOptionsGrow<bight_line_options>(
        options, [](const bight_line_options *given) { return makeSession(given, &lineOps); });
}

TEST_F(Growing, lineEvents)
{
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    expectTableGrows<bight_line_events>(
        lineEvents, [&](const bight_line_events *given) { return makeParser(&options, given); });
}

TEST_F(Growing, lineSessionOps)
{
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;

    expectTableGrows<bight_line_session_ops>(
        lineOps, [&](const bight_line_session_ops *given) { return makeSession(&options, given); });
}

void ignoreClientLine(bight_line_client *, const uint8_t *, size_t, void *) {}

const bight_line_client_events clientEvents =
    support::tableOf<bight_line_client_events>([](auto &table) { table.line = ignoreClientLine; });

class GrowingLineClient : public Growing
{
  protected:
    bight_status make(const bight_line_client_options *options,
                      const bight_line_client_events *events = &clientEvents)
    {
        bight_line_client *made = nullptr;
        bight_status status = bight_line_client_new(reactor, "unix:@bight-nobody-listens", options,
                                                    events, nullptr, &made);

        bight_line_client_free(made);
        return status;
    }
};

TEST_F(GrowingLineClient, options)
{
    const bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;

    expectOptionsGrow<bight_line_client_options>(
        options, [this](const bight_line_client_options *given) { return make(given); });
}

TEST_F(GrowingLineClient, optionsInOptions)
{
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;

    expectOptionsGrow<bight_line_options>(BIGHT_LINE_OPTIONS_INIT,
                                          [&](const bight_line_options *given) {
                                              options.line = given;
                                              return make(&options);
                                          });
    options.line = nullptr;
    expectOptionsGrow<bight_connect_options>(BIGHT_CONNECT_OPTIONS_INIT,
                                             [&](const bight_connect_options *given) {
                                                 options.connect = given;
                                                 return make(&options);
                                             });
    options.connect = nullptr;
    expectOptionsGrow<bight_retry_options>(BIGHT_RETRY_OPTIONS_INIT,
                                           [&](const bight_retry_options *given) {
                                               options.retry = given;
                                               return make(&options);
                                           });
}

TEST_F(GrowingLineClient, events)
{
    expectTableGrows<bight_line_client_events>(
        clientEvents,
        [this](const bight_line_client_events *given) { return make(nullptr, given); });
}

class GrowingIrc : public Growing
{
  protected:
    GrowingIrc()
    {
        options.nick = "ada";
        events.size = sizeof(events);
        events.state_changed = [](bight_irc_client *, bight_irc_state, const bight_error *,
                                  void *data) { ++*static_cast<int *>(data); };
        events.line = [](bight_irc_client *, bool, const char *, void *data) {
            *static_cast<int *>(data) += 100;
        };
    }
    // How often a client that cannot connect tells its state, and 100 for each line of the log.
    bight_status make(const bight_irc_client_options *given, const bight_irc_client_events *table)
    {
        bight_irc_client *made = nullptr;
        bight_status status = bight_irc_client_new(reactor, given, table, &told, &made);

        told = 0;
        if (status == BIGHT_OK) {
            EXPECT_EQ(bight_irc_client_connect(made, "unix:/nonexistent/socket"), BIGHT_OK);
        }
        bight_crank_settle(reactor);
        bight_irc_client_free(made);
        return status;
    }

    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_irc_client_events events = {};
    int told = 0;
};

TEST_F(GrowingIrc, clientOptions)
{
    expectOptionsGrow<bight_irc_client_options>(
        options, [this](const bight_irc_client_options *given) { return make(given, &events); });
}

TEST_F(GrowingIrc, clientEvents)
{
    Sized older(events, sizeof(events) - sizeof(void *)), none(events, sizeof(events));
    Sized newer(events, sizeof(events) + tailSize), wrong(events, sizeof(events));

    std::memset(&none[0], 0, sizeof(size_t));
    std::memset(&newer[sizeof(events)], 0xff, tailSize);
    for (const Sized *table : {&older, &none, &newer}) {
        EXPECT_EQ(make(&options, table->as<bight_irc_client_events>()), BIGHT_OK);
        EXPECT_EQ(told, 2) << "connecting and offline";
    }
    wrong[0] = 3;
    EXPECT_EQ(make(&options, wrong.as<bight_irc_client_events>()), BIGHT_ERROR_INVALID);
}

TEST_F(Growing, ircServerOptions)
{
    const bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

    expectOptionsGrow<bight_irc_server_options>(
        options, [this](const bight_irc_server_options *given) {
            bight_irc_server *made = nullptr;
            bight_status status = bight_irc_server_new(reactor, given, &made);

            bight_irc_server_free(made);
            return status;
        });
}

// --- databases -----------------------------------------------------------------------------------

TEST_F(Growing, sqlOptions)
{
    const bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

    // No such kind of database: the options are read before that is found.
    expectOptionsGrow<bight_sql_options>(
        options,
        [this](const bight_sql_options *given) {
            bight_sql *made = nullptr;
            bight_error *error = nullptr;
            bight_status status = bight_sql_open(reactor, "none:", given, &error, &made);

            bight_error_unref(error);
            return status == BIGHT_ERROR_INVALID ? BIGHT_OK : status;
        },
        true);
}

} // namespace
