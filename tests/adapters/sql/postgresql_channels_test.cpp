// LISTEN and NOTIFY of PostgreSQL.
#include "adapters/sql/postgresql_server.hpp"
#include "adapters/sql/sql_suite.hpp"

#include <map>

using sql::Outcome;
using sql::PostgresqlServer;

namespace
{

class Channels : public sql::Fixture
{
  protected:
    std::string fresh(std::string &why) override
    {
        why = PostgresqlServer::shared().why;
        return why.empty() ? PostgresqlServer::shared().freshDatabase() : "";
    }

    // A listener, and what it has heard.
    struct Ear {
        std::vector<std::string> heard;
        std::function<void()> then;
        bight_sql_listener *listener = nullptr;
        bight_deferred *deferred = nullptr;
    };
    static void hear(bight_sql_listener *, const char *payload, void *data)
    {
        auto &ear = *static_cast<Ear *>(data);
        auto then = ear.then;
        ear.heard.emplace_back(payload);
        if (then)
            then();
    }
    void begin(Ear &ear, const std::string &channel)
    {
        ear.deferred = bight_sql_listen(database, channel.c_str(), hear, &ear, &ear.listener);
    }
    Outcome listen(Ear &ear, const std::string &channel)
    {
        begin(ear, channel);
        return await(std::exchange(ear.deferred, nullptr));
    }
    void notify(const std::string &channel, const std::string &payload)
    {
        Outcome outcome = await(bight_sql_notify(database, channel.c_str(), payload.c_str()));
        ASSERT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    }
    // Breaks the connection that listens.
    static void breakListeners()
    {
        PostgresqlServer::shared().execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where query ~ '^(un)?listen' and pid <> pg_backend_pid()");
    }
    static std::string listeners()
    {
        return PostgresqlServer::shared().execute(
            "select count(*) from pg_stat_activity"
            " where query ~ '^(un)?listen' and pid <> pg_backend_pid()");
    }
};

TEST_F(Channels, bringWhatIsSent)
{
    Ear ear;
    ASSERT_EQ(listen(ear, "news").status, BIGHT_OK);
    notify("news", "first");
    notify("other", "not for us");
    notify("news", "");
    notify("news", "grüße");
    EXPECT_TRUE(runUntil([&] { return ear.heard.size() == 3; }));
    EXPECT_EQ(ear.heard, (std::vector<std::string>{"first", "", "grüße"}));
    bight_sql_listener_free(ear.listener);
}

TEST_F(Channels, bringWhatATransactionSendsWhenItIsCommitted)
{
    Ear ear;
    ASSERT_EQ(listen(ear, "news").status, BIGHT_OK);
    bool commits = false;
    sql::WorkFn work = [&](bight_sql *in) {
        return bight_result_wait(
            sql::then(bight_sql_notify(in, "news", commits ? "kept" : "dropped"), [&] {
                if (commits)
                    return bight_result_value(nullptr);
                return bight_result_error(bight_error_new(BIGHT_ERROR_REFUSED, "roll back"));
            }));
    };
    EXPECT_EQ(await(bight_sql_transaction(database, sql::doWork, &work)).status,
              BIGHT_ERROR_REFUSED);
    commits = true;
    EXPECT_EQ(await(bight_sql_transaction(database, sql::doWork, &work)).status, BIGHT_OK);
    EXPECT_TRUE(runUntil([&] { return !ear.heard.empty(); }));
    EXPECT_EQ(ear.heard, std::vector<std::string>{"kept"});
    bight_sql_listener_free(ear.listener);
}

TEST_F(Channels, mayHaveAnyNameAndSeveralListeners)
{
    const std::string name = "a \"Strange\" name; drop table x; --";
    Ear one, two, other;
    begin(one, name);
    begin(two, name);
    begin(other, "plain");
    for (Ear *ear : {&one, &two, &other})
        ASSERT_EQ(await(std::exchange(ear->deferred, nullptr)).status, BIGHT_OK);
    EXPECT_EQ(listeners(), "1") << "one connection is enough";
    notify(name, "to both");
    EXPECT_TRUE(runUntil([&] { return !one.heard.empty() && !two.heard.empty(); }));
    bight_sql_listener_free(std::exchange(one.listener, nullptr));
    notify(name, "to one");
    EXPECT_TRUE(runUntil([&] { return two.heard.size() == 2; }));
    EXPECT_EQ(one.heard.size(), 1u);
    bight_sql_listener_free(two.listener);
    notify(name, "to nobody");
    notify("plain", "to the third");
    EXPECT_TRUE(runUntil([&] { return !other.heard.empty(); }));
    EXPECT_EQ(other.heard, std::vector<std::string>{"to the third"});
    EXPECT_EQ(two.heard.size(), 2u);
    bight_sql_listener_free(other.listener);
    EXPECT_TRUE(runUntil([&] { return listeners() == "0"; })) << "the last closes the connection";
}

TEST_F(Channels, refuseANameThatIsEmptyOrTooLong)
{
    for (const std::string &name : {std::string(), std::string(64, 'x')}) {
        Ear ear;
        EXPECT_EQ(listen(ear, name).status, BIGHT_ERROR_INVALID);
        bight_sql_listener_free(ear.listener);
    }
}

TEST_F(Channels, areListenedToAgainWhenTheConnectionBreaks)
{
    Ear ear;
    ASSERT_EQ(listen(ear, "news").status, BIGHT_OK);
    breakListeners();
    EXPECT_TRUE(runUntil([&] { return !ear.heard.empty(); }));
    notify("news", "after");
    EXPECT_TRUE(runUntil([&] { return ear.heard.size() == 2; }));
    EXPECT_EQ(ear.heard, (std::vector<std::string>{"", "after"}));
    bight_sql_listener_free(ear.listener);
}

TEST_F(Channels, areListenedToAgainWhenTheServerIsStartedAnew)
{
    Ear ear;
    ASSERT_EQ(listen(ear, "news").status, BIGHT_OK);
    PostgresqlServer::shared().stop();
    runFor(BIGHT_MSEC(300));
    PostgresqlServer::shared().start();
    EXPECT_TRUE(runUntil([&] { return !ear.heard.empty(); }));
    notify("news", "after");
    EXPECT_TRUE(runUntil([&] { return ear.heard.size() == 2; }));
    bight_sql_listener_free(ear.listener);
}

TEST_F(Channels, failForWhoCannotConnectTheFirstTime)
{
    Ear ear;
    close(database);
    database = openAt(PostgresqlServer::shared().address("nowhere"));
    Outcome outcome = listen(ear, "news");

    EXPECT_EQ(outcome.status, BIGHT_ERROR_NOT_FOUND) << outcome.message;
    bight_sql_listener_free(ear.listener);
}

TEST_F(Channels, areGivenUpBeforeTheyAreHeard)
{
    Ear freed, cancelled, closed;
    begin(freed, "a");
    begin(cancelled, "b");
    begin(closed, "c");
    bight_sql_listener_free(freed.listener);
    EXPECT_FALSE(bight_deferred_is_done(freed.deferred)) << "told inside the call";
    bight_deferred_cancel(cancelled.deferred);
    EXPECT_EQ(await(freed.deferred).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(await(cancelled.deferred).status, BIGHT_ERROR_CANCELLED);
    close(std::exchange(database, nullptr));
    EXPECT_NE(await(closed.deferred).status, BIGHT_ERROR_TIMED_OUT);
    bight_sql_listener_free(cancelled.listener);
    bight_sql_listener_free(closed.listener);
}

TEST_F(Channels, bearAListenerThatFreesItselfOrTheOtherOrAll)
{
    for (int what = 0; what < 3; what++) {
        Ear one, two;
        ASSERT_EQ(listen(one, "news").status, BIGHT_OK);
        ASSERT_EQ(listen(two, "news").status, BIGHT_OK);
        auto both = [&] {
            if (what != 1)
                bight_sql_listener_free(std::exchange(one.listener, nullptr));
            if (what != 0)
                bight_sql_listener_free(std::exchange(two.listener, nullptr));
        };
        one.then = both;
        notify("news", "x");
        EXPECT_TRUE(runUntil([&] { return !one.heard.empty(); }));
        EXPECT_EQ(two.heard.size(), what == 0 ? 1u : 0u) << what;
        bight_sql_listener_free(one.listener);
        bight_sql_listener_free(two.listener);
    }
}

TEST_F(Channels, bearAListenerThatClosesTheDatabase)
{
    Ear ear;
    ASSERT_EQ(listen(ear, "news").status, BIGHT_OK);
    ear.then = [&] { bight_sql_free(std::exchange(database, nullptr)); };
    bight_deferred_free(bight_deferred_both(
        bight_sql_notify(database, "news", "x"),
        [](bight_result in, void *) {
            bight_result_free(in);
            return bight_result_value(nullptr);
        },
        nullptr));
    EXPECT_TRUE(runUntil([&] { return database == nullptr; }));
    bight_sql_listener_free(ear.listener);
}

} // namespace
