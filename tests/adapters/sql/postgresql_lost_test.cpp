// A lost connection is BIGHT_ERROR_RESET however it is noticed, on each loop, so that a program may
// repeat its work; it is never taken for a wrong statement.
#include "adapters/sql/sql_hosts.hpp"

#include <bight/later.h>

namespace
{

using conformance::Peer;

class PostgresqlLost : public sql::OnHosts
{
  protected:
    static std::string message(char type, const std::string &body)
    {
        size_t size = body.size() + 4;
        return std::string(1, type) + char(size >> 24) + char(size >> 16) + char(size >> 8) +
               char(size) + body;
    }
    // What an execute comes to at a server that greets, and then ends the connection in its way.
    bight_status askServerThat(const std::function<void(Peer &)> &ends)
    {
        conformance::Server server(reactor, "tcp:127.0.0.1:0", [&](Peer &peer) {
            peer.onReceived = [&, count = std::make_shared<int>(0)](std::string_view) {
                int calls = ++*count;
                if (calls == 1)
                    peer.write(message('R', std::string(4, '\0')) +
                               message('K', std::string(8, '\1')) + message('Z', "I"));
                else if (calls == 2)
                    ends(peer);
            };
        });
        bight_sql *other = openAt("postgresql://bight@127.0.0.1:" + std::to_string(server.port()) +
                                  "/x?sslmode=disable");
        bight_status status = statusOf(bight_sql_execute(other, "select 1", nullptr, 0));
        std::string told = why;
        close(other);
        why = told;
        return status;
    }
};
INSTANTIATE_TEST_SUITE_P(Hosts, PostgresqlLost, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(PostgresqlLost, byAnOrderlyEndIsReset)
{
    EXPECT_EQ(askServerThat([](Peer &peer) { bight_transport_close(peer.transport); }),
              BIGHT_ERROR_RESET)
        << why;
}

TEST_P(PostgresqlLost, byAResetIsReset)
{
    EXPECT_EQ(askServerThat([](Peer &peer) { bight_transport_abort(peer.transport); }),
              BIGHT_ERROR_RESET)
        << why;
}

// An answer begins, and does not end: the statement's own error counts no more.
TEST_P(PostgresqlLost, afterAnErrorOfTheStatementIsReset)
{
    EXPECT_EQ(askServerThat([](Peer &peer) {
                  peer.write(message('E', std::string("SERROR\0VERROR\0C42601\0Mwrong\0\0", 29)));
                  bight_transport_close(peer.transport);
              }),
              BIGHT_ERROR_RESET)
        << why;
}

// What a pooler says whose server has gone: its code alone would be a violation of the protocol.
TEST_P(PostgresqlLost, withLastWordsOfAnyCodeIsReset)
{
    EXPECT_EQ(askServerThat([](Peer &peer) {
                  peer.write(message('E', std::string("SFATAL\0VFATAL\0C08P01\0Mgone\0\0", 28)));
                  bight_transport_close(peer.transport);
              }),
              BIGHT_ERROR_RESET)
        << why;
}

TEST_P(PostgresqlLost, byAKilledBackendIsReset)
{
    EXPECT_EQ(statusOf(bight_sql_query(database, "select pg_terminate_backend(pg_backend_pid())",
                                       nullptr, 0)),
              BIGHT_ERROR_RESET)
        << why;
    EXPECT_EQ(field("select 'goes on'"), "'goes on'");
}

// The session waits for something else when its connection is cut.
TEST_P(PostgresqlLost, whileATransactionIsIdleIsReset)
{
    sql::WorkFn work = [&](bight_sql *in) {
        return bight_result_wait(sql::then(
            bight_sql_query(in, "set idle_in_transaction_session_timeout = 20", nullptr, 0), [=] {
                return bight_result_wait(sql::then(bight_delay(reactor, BIGHT_MSEC(200)), [=] {
                    return bight_result_wait(bight_sql_execute(in, "select 1", nullptr, 0));
                }));
            }));
    };
    EXPECT_EQ(statusOf(bight_sql_transaction(database, sql::doWork, &work)), BIGHT_ERROR_RESET)
        << why;
    EXPECT_EQ(field("select 'goes on'"), "'goes on'");
}

TEST_P(PostgresqlLost, whileASessionIsIdleIsReset)
{
    sql::WorkFn work = [&](bight_sql *in) {
        return bight_result_wait(
            sql::then(bight_sql_query(in, "set idle_session_timeout = 20", nullptr, 0), [=] {
                return bight_result_wait(sql::then(bight_delay(reactor, BIGHT_MSEC(200)), [=] {
                    return bight_result_wait(bight_sql_execute(in, "select 1", nullptr, 0));
                }));
            }));
    };
    EXPECT_EQ(statusOf(bight_sql_session(database, sql::doWork, &work)), BIGHT_ERROR_RESET) << why;
}

// That is what the status is for.
TEST_P(PostgresqlLost, isTriedAgainByARetry)
{
    struct Try {
        bight_sql *sql;
        int times;
    } tries = {database, 0};
    auto attempt = [](unsigned, void *data) {
        auto *self = static_cast<Try *>(data);
        return bight_result_wait(bight_sql_query(
            self->sql,
            ++self->times == 1 ? "select pg_terminate_backend(pg_backend_pid())" : "select 1",
            nullptr, 0));
    };
    bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;
    options.first_delay = BIGHT_MSEC(1);
    options.again = [](const bight_error *error, void *) {
        return bight_error_get_status(error) == BIGHT_ERROR_RESET;
    };

    EXPECT_EQ(statusOf(bight_retry(reactor, &options, attempt, &tries)), BIGHT_OK) << why;
    EXPECT_EQ(tries.times, 2);
}

} // namespace
