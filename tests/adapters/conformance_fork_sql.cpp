// Chapter: fork, with a database open. What the child does with it, also its end, does not reach
// what the parent has under way.
#include "adapters/forking_sql.hpp"

#include "support/temp_dir.hpp"

#include <bight/fork.h>
#include <bight/sql.h>
#include <bight/value.h>
#include <sys/socket.h>
#include <utility>

namespace
{

class ForkSql : public conformance::ForkingSql
{
  protected:
    void SetUp() override
    {
        ForkingSql::SetUp();
        if (IsSkipped())
            return;
        if (!open("delete"))
            GTEST_SKIP() << "this build is without SQLite";
    }
    bool open(const std::string &journal)
    {
        std::string address = "sqlite:" + folder.file(journal + ".db") + "?journal=" + journal;

        bight_sql_free(std::exchange(sql, nullptr));
        return bight_sql_open(reactor, address.c_str(), nullptr, nullptr, &sql) == BIGHT_OK;
    }
    bight_deferred *execute(bight_sql *in, const char *statement)
    {
        return bight_sql_execute(in, statement, nullptr, 0);
    }
    std::string ask(const char *statement)
    {
        return take(bight_sql_query(sql, statement, nullptr, 0));
    }

    // A transaction that has written, and commits when `commit` is called.
    void begin()
    {
        ForkingSql::begin([](bight_sql *in) {
            return bight_sql_execute(in, "insert into t select i + 1000 from t", nullptr, 0);
        });
    }
    void fill()
    {
        EXPECT_EQ(take(execute(sql, "create table t (i integer)")), "done");
        EXPECT_EQ(take(execute(sql, "insert into t with recursive n(i) as (select 1 union all "
                                    "select i + 1 from n where i < 1000) select i from n")),
                  "done");
    }
    int descriptorsInFolder() const
    {
        int count = 0;
        for (const auto &[fd, target] : support::openFds())
            count += target.rfind(folder.path(), 0) == 0 ? 1 : 0;
        return count;
    }
    void expectWhole(const char *rows)
    {
        EXPECT_EQ(ask("select cast(count(*) as text) from t"), rows);
        EXPECT_EQ(ask("pragma integrity_check"), "ok");
    }

    support::TempDir folder;
};

INSTANTIATE_TEST_SUITE_P(Hosts, ForkSql, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(ForkSql, theParentsTransactionIsCommittedWhateverTheChildDoes)
{
    for (const char *journal : {"delete", "truncate", "persist", "wal"})
        for (const conformance::Life &life : lives()) {
            ASSERT_TRUE(open(journal));
            take(execute(sql, "drop table if exists t"));
            fill();
            begin();
            if (forked())
                live(
                    life, [&] { bight_sql_free(std::exchange(sql, nullptr)); },
                    [&] { bight_deferred_cancel(transaction); });
            EXPECT_EQ(ending(), 0) << journal;
            EXPECT_EQ(commit(), "done") << journal;
            expectWhole("2000");
        }
}

// Also one that is at rest, whose end would move the log into the file and remove it.
TEST_P(ForkSql, aChildThatEndsADatabaseAtRestLeavesItsFiles)
{
    ASSERT_TRUE(open("wal"));
    fill();
    if (forked()) {
        bight_sql_free(std::exchange(sql, nullptr));
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(access((folder.file("wal.db") + "-wal").c_str(), F_OK), 0);
    EXPECT_EQ(take(execute(sql, "insert into t values (5)")), "done");
    expectWhole("1001");
}

// ThreadSanitizer ends a forked child that starts a thread, as a database of SQLite does.
#ifdef __SANITIZE_THREAD__
#define SKIP_WITHOUT_THREADS_IN_A_CHILD()                                                          \
    GTEST_SKIP() << "ThreadSanitizer allows no thread in a forked child"
#else
#define SKIP_WITHOUT_THREADS_IN_A_CHILD() (void)0
#endif

// At rest nothing of the database stays in the child, neither a descriptor nor a lock that SQLite
// would remember: it may open the same file, beside its parent.
TEST_P(ForkSql, theChildMayOpenTheSameFileAnew)
{
    SKIP_WITHOUT_THREADS_IN_A_CHILD();
    for (const char *journal : {"delete", "wal"}) {
        ASSERT_TRUE(open(journal));
        fill();
        EXPECT_GT(descriptorsInFolder(), 0);
        if (forked()) {
            EXPECT_TRUE(rebuild());
            bight_sql_free(std::exchange(sql, nullptr));
            EXPECT_EQ(descriptorsInFolder(), 0);
            EXPECT_TRUE(open(journal));
            EXPECT_EQ(take(execute(sql, "insert into t values (5)")), "done");
            expectWhole("1001");
            EXPECT_EQ(take(bight_sql_close(std::exchange(sql, nullptr))), "done");
            freeReactor();
            leave();
        }
        EXPECT_EQ(ending(), 0) << journal;
        expectWhole("1001");
        begin();
        EXPECT_EQ(commit(), "done");
        expectWhole("2002");
    }
}

// It goes on without the database, and knows why.
TEST_P(ForkSql, whatTheChildWaitsForFailsAndSoDoesWhatItAsks)
{
    fill();
    begin();
    if (forked()) {
        EXPECT_EQ(ask("select 'here'"), bight_status_text(BIGHT_ERROR_STATE));
        EXPECT_TRUE(rebuild());
        bight_deferred *late = bight_sql_query(sql, "select 'here'", nullptr, 0);
        EXPECT_EQ(take(late), bight_status_text(BIGHT_ERROR_STATE));
        bight_promise_fire(std::exchange(promise, nullptr), nullptr, nullptr);
        EXPECT_EQ(take(transaction), bight_status_text(BIGHT_ERROR_STATE));
        bight_deferred *end = bight_sql_close(std::exchange(sql, nullptr));
        EXPECT_EQ(take(end), "done");
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(commit(), "done");
    expectWhole("2000");
}

TEST_P(ForkSql, aStatementThatRunsOnAThreadEndsInTheParentAlone)
{
    bight_deferred *slow = bight_sql_query(
        sql,
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500000) "
        "select cast(count(*) as text) from n",
        nullptr, 0);

    runFor(BIGHT_MSEC(2));
    ASSERT_FALSE(bight_deferred_is_done(slow));
    if (forked()) {
        EXPECT_TRUE(rebuild());
        EXPECT_EQ(take(slow), bight_status_text(BIGHT_ERROR_STATE));
        bight_deferred *end = bight_sql_close(std::exchange(sql, nullptr));
        EXPECT_EQ(take(end), "done");
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(take(slow), "500000");
}

// The parent has closed it and waits for the thread; the child does not.
TEST_P(ForkSql, anEndThatIsUnderWayEndsInBoth)
{
    fill();
    bight_deferred *end = bight_sql_close(std::exchange(sql, nullptr));
    if (forked()) {
        EXPECT_TRUE(rebuild());
        EXPECT_EQ(take(end), "done");
        leave();
    }
    EXPECT_EQ(ending(), 0);
    EXPECT_EQ(take(end), "done");
}

TEST_P(ForkSql, theChildMayOpenADatabaseOfItsOwn)
{
    SKIP_WITHOUT_THREADS_IN_A_CHILD();
    fill();
    if (forked()) {
        EXPECT_TRUE(rebuild());
        bight_sql_free(std::exchange(sql, nullptr));
        EXPECT_TRUE(open("wal"));
        EXPECT_EQ(ask("select 'mine'"), "mine");
        bight_deferred *end = bight_sql_close(std::exchange(sql, nullptr));
        EXPECT_EQ(take(end), "done");
        freeReactor();
        leave();
    }
    EXPECT_EQ(ending(), 0);
    expectWhole("1000");
}

// -- What all guests use --

TEST_P(ForkSql, aForkWatchKnowsItsProcess)
{
    int told = 0, toldLate = 0;
    auto count = [](void *data) { ++*static_cast<int *>(data); };
    bight_fork_watch *watch = nullptr, *late = nullptr;

    ASSERT_EQ(bight_fork_watch_new(reactor, count, &told, &watch), BIGHT_OK);
    EXPECT_FALSE(bight_fork_watch_is_inherited(watch));
    if (forked()) {
        EXPECT_TRUE(bight_fork_watch_is_inherited(watch)) << "before the rebuild";
        EXPECT_TRUE(rebuild());
        EXPECT_EQ(told, 0) << "never inside the call";
        EXPECT_TRUE(bight_fork_watch_is_inherited(watch)) << "after the rebuild";
        ASSERT_EQ(bight_fork_watch_new(reactor, count, &toldLate, &late), BIGHT_OK);
        EXPECT_FALSE(bight_fork_watch_is_inherited(late));
        turn();
        EXPECT_EQ(told, 1);
        EXPECT_TRUE(rebuild()) << "once more, in the same process";
        turn();
        EXPECT_EQ(toldLate, 0);
        if (forked()) {
            EXPECT_TRUE(bight_fork_watch_is_inherited(late));
            EXPECT_TRUE(rebuild());
            turn();
            EXPECT_EQ(told, 1) << "once";
            EXPECT_EQ(toldLate, 1);
            leave();
        }
        EXPECT_EQ(ending(), 0);
        freeReactor();
        EXPECT_TRUE(bight_fork_watch_is_inherited(watch)) << "without the reactor";
        EXPECT_FALSE(bight_fork_watch_is_inherited(late));
        bight_fork_watch_free(watch);
        bight_fork_watch_free(late);
        leave();
    }
    EXPECT_EQ(ending(), 0);
    turn();
    EXPECT_EQ(told, 0);
    freeReactor();
    EXPECT_FALSE(bight_fork_watch_is_inherited(watch));
    if (forked()) {
        EXPECT_TRUE(bight_fork_watch_is_inherited(watch)) << "of a reactor that was freed before";
        leave();
    }
    EXPECT_EQ(ending(), 0);
    bight_fork_watch_free(watch);
}

TEST_P(ForkSql, aMutedDescriptorReachesNobody)
{
    conformance::SocketPair pair;

    if (forked()) {
        bight_fork_mute(pair.near());
        EXPECT_EQ(send(pair.near(), "goodbye", 7, MSG_NOSIGNAL), -1);
        EXPECT_EQ(close(pair.near()), 0);
        leave();
    }
    EXPECT_EQ(ending(), 0);
    char byte;
    EXPECT_EQ(recv(pair.far(), &byte, 1, MSG_DONTWAIT), -1) << "neither bytes nor an end";
    EXPECT_EQ(send(pair.near(), "hello", 5, MSG_NOSIGNAL), 5);
    EXPECT_EQ(conformance::drain(pair.far()), 5);
}

} // namespace
