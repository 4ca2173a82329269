// A forked child while its parent is connected to PostgreSQL: the server hears nothing of the
// child, and what it sends is the parent's.
#include "adapters/forking_sql.hpp"
#include "adapters/sql/postgresql_server.hpp"

#include <bight/sql.h>
#include <bight/value.h>
#include <utility>

namespace
{

using sql::PostgresqlServer;

class PostgresqlForks : public conformance::ForkingSql
{
  protected:
    void SetUp() override
    {
        auto &server = PostgresqlServer::shared();
        if (!server.why.empty())
            GTEST_SKIP() << server.why;
        if (host().virtualTime)
            GTEST_SKIP() << "a server does not answer within virtual time";
        ForkingSql::SetUp();
        address = server.freshDatabase();
        server.execute("create table t (i integer)", nameOf(address));
    }
    void TearDown() override
    {
        if (reactor == nullptr)
            return;
        ForkingSql::TearDown();
    }
    static std::string nameOf(const std::string &where)
    {
        std::string name = where.substr(where.rfind('/') + 1);
        return name.substr(0, name.find('?'));
    }
    // In clear, and with TLS if the server has it.
    std::vector<std::string> addresses()
    {
        std::vector<std::string> all = {address,
                                        PostgresqlServer::shared().address(nameOf(address), true)};
        if (PostgresqlServer::shared().tls) {
            all.push_back(address);
            all.back().replace(all.back().find("disable"), 7, "require");
        }
        return all;
    }
    void open(const std::string &where, unsigned connections = 2)
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

        options.connections = connections;
        bight_sql_free(std::exchange(sql, nullptr));
        ASSERT_EQ(bight_sql_open(reactor, where.c_str(), &options, nullptr, &sql), BIGHT_OK);
    }
    bight_deferred *query(bight_sql *in, const char *statement)
    {
        return bight_sql_query(in, statement, nullptr, 0);
    }

    // A transaction that has written and holds a lock, until commit().
    void begin()
    {
        ForkingSql::begin([](bight_sql *in) {
            bight_deferred_free(bight_sql_execute(in, "insert into t values (1)", nullptr, 0));
            return bight_sql_query(in, "select 'locked' from pg_advisory_xact_lock(7)", nullptr, 0);
        });
    }

    std::string address;
};
INSTANTIATE_TEST_SUITE_P(Hosts, PostgresqlForks, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(PostgresqlForks, theParentsTransactionIsCommittedWhateverTheChildDoes)
{
    int commits = 0;

    for (const std::string &where : addresses())
        for (const conformance::Life &life : lives()) {
            open(where, 1);
            std::string process = take(query(sql, "select pg_backend_pid()::text"));
            begin();
            if (forked())
                live(
                    life, [&] { bight_sql_free(std::exchange(sql, nullptr)); },
                    [&] { bight_deferred_cancel(transaction); });
            EXPECT_EQ(ending(), 0) << where;
            EXPECT_EQ(commit(), "done") << where;
            EXPECT_EQ(take(query(sql, "select count(*)::text from t")), std::to_string(++commits));
            EXPECT_EQ(take(query(sql, "select pg_backend_pid()::text")), process)
                << "on the connection that it had";
        }
}

// The statement waits for a lock of the transaction while the child does what it does.
TEST_P(PostgresqlForks, aStatementThatRunsIsAnsweredToTheParent)
{
    for (const std::string &where : addresses())
        for (const conformance::Life &life : lives()) {
            open(where);
            begin();
            bight_deferred *waits = query(sql, "select 'answer' from pg_advisory_xact_lock(7)");
            runFor(BIGHT_MSEC(1));
            if (forked())
                live(
                    life, [&] { bight_sql_free(std::exchange(sql, nullptr)); },
                    [&] { bight_deferred_cancel(waits); });
            EXPECT_EQ(ending(), 0) << where;
            EXPECT_EQ(commit(), "done") << where;
            EXPECT_EQ(take(waits), "answer") << where;
        }
}

// A connection that is being made, and one over which a statement is being cancelled.
TEST_P(PostgresqlForks, whatIsHalfMadeIsFinishedByTheParent)
{
    for (const std::string &where : addresses())
        for (const conformance::Life &life : lives()) {
            open(where);
            bight_deferred *connected = bight_sql_connect(sql);
            if (forked())
                live(
                    life, [&] { bight_sql_free(std::exchange(sql, nullptr)); },
                    [&] { bight_deferred_cancel(connected); });
            EXPECT_EQ(ending(), 0) << where;
            EXPECT_EQ(take(connected), "done") << where;
            begin();
            bight_deferred *waits = query(sql, "select 'answer' from pg_advisory_xact_lock(7)");
            runFor(BIGHT_MSEC(1));
            bight_deferred_cancel(waits);
            bight_deferred_free(waits);
            if (forked())
                live(
                    life, [&] { bight_sql_free(std::exchange(sql, nullptr)); }, [] {});
            EXPECT_EQ(ending(), 0) << where;
            EXPECT_EQ(commit(), "done") << where;
            EXPECT_EQ(take(query(sql, "select 'goes on'")), "goes on");
        }
}

TEST_P(PostgresqlForks, theParentHearsWhatItListensTo)
{
    std::string heard, more;
    auto hear = [](bight_sql_listener *, const char *payload, void *data) {
        *static_cast<std::string *>(data) += payload;
    };
    for (const std::string &where : addresses())
        for (const conformance::Life &life : lives()) {
            bight_sql_listener *news = nullptr, *other = nullptr;
            heard.clear();
            more.clear();
            open(where);
            EXPECT_EQ(take(bight_sql_listen(sql, "news", hear, &heard, &news)), "done");
            EXPECT_EQ(take(bight_sql_listen(sql, "more", hear, &more, &other)), "done");
            if (forked())
                live(
                    life, [&] { bight_sql_free(std::exchange(sql, nullptr)); },
                    [&] { bight_sql_listener_free(std::exchange(other, nullptr)); });
            EXPECT_EQ(ending(), 0) << where;
            for (const char *channel : {"news", "more"})
                EXPECT_EQ(take(bight_sql_notify(sql, channel, "!")), "done");
            EXPECT_TRUE(runUntil([&] { return heard == "!" && more == "!"; }))
                << where << heard << more;
            bight_sql_listener_free(news);
            bight_sql_listener_free(other);
        }
}

TEST_P(PostgresqlForks, theChildIsToldWhyAndMayConnectByItself)
{
    open(address);
    begin();
    if (forked()) {
        bight_sql_listener *listener = nullptr;
        auto hear = [](bight_sql_listener *, const char *, void *) {};

        EXPECT_TRUE(rebuild());
        EXPECT_EQ(take(query(sql, "select 'here'")), bight_status_text(BIGHT_ERROR_STATE));
        EXPECT_EQ(take(bight_sql_listen(sql, "news", hear, nullptr, &listener)),
                  bight_status_text(BIGHT_ERROR_STATE));
        bight_sql_listener_free(listener);
        bight_promise_fire(std::exchange(promise, nullptr), nullptr, nullptr);
        EXPECT_EQ(take(transaction), bight_status_text(BIGHT_ERROR_STATE));
        open(address);
        EXPECT_EQ(take(query(sql, "select 'mine'")), "mine");
        EXPECT_EQ(take(bight_sql_close(std::exchange(sql, nullptr))), "done");
        freeReactor();
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(commit(), "done");
}

} // namespace
