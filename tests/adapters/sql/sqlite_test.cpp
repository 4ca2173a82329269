// What only SQLite has: files that are wrong, locked, full or missing, memory, threads.
#include "adapters/sql/sql_suite.hpp"
#include "support/temp_dir.hpp"

#include <bight/later.h>
#include <fstream>
#include <sqlite3.h>
#include <unistd.h>

namespace
{

using sql::Outcome;

class Sqlite : public sql::Fixture
{
  protected:
    std::string fresh(std::string &) override
    {
        return "sqlite:" + file("main.db");
    }
    std::string file(const char *name) const
    {
        return folder_.file(name);
    }
    Outcome connectTo(const std::string &where, const bight_sql_options *options = nullptr)
    {
        bight_sql *sql = openAt(where, options);
        Outcome outcome = await(bight_sql_connect(sql));

        close(sql);
        return outcome;
    }
    bight_status refusal(const char *where)
    {
        bight_error *error = nullptr;
        bight_sql *sql = nullptr;
        bight_status status = bight_sql_open(reactor, where, nullptr, &error, &sql);

        EXPECT_EQ(sql, nullptr);
        EXPECT_NE(error, nullptr);
        bight_error_unref(error);
        return status;
    }
    support::TempDir folder_;
};

// A connection that bight knows nothing of: another program.
class Stranger
{
  public:
    explicit Stranger(const std::string &path)
    {
        EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    }
    ~Stranger()
    {
        sqlite3_close(handle_);
    }
    Stranger(const Stranger &) = delete;
    Stranger &operator=(const Stranger &) = delete;

    void run(const char *statement)
    {
        EXPECT_EQ(sqlite3_exec(handle_, statement, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(handle_);
    }

  private:
    sqlite3 *handle_ = nullptr;
};

// -- Addresses --

TEST_F(Sqlite, addressesThatAreNoneAreRefused)
{
    for (const char *where :
         {"", "notes.db", "mysql:x", "sqlite", "sqlite:", "sqlite:?mode=ro", "sqlite:a?mode=x",
          "sqlite:a?journal=", "sqlite:a?foreign_keys=maybe", "sqlite:a?colour=red",
          "sqlite:a?mode=ro&"
          "x"})
        EXPECT_EQ(refusal(where), BIGHT_ERROR_INVALID) << where;
}

TEST_F(Sqlite, aQuestionMarkInANameIsWrittenAsACode)
{
    EXPECT_EQ(connectTo("sqlite:" + file("what%3F%2541.db")).status, BIGHT_OK);
    EXPECT_EQ(access(file("what?%41.db").c_str(), F_OK), 0);
}

TEST_F(Sqlite, aNameThatBeginsLikeAUriIsAName)
{
    char *before = get_current_dir_name();
    ASSERT_EQ(chdir(folder_.path().c_str()), 0);
    EXPECT_EQ(connectTo("sqlite:file:x.db%3Fmode=memory").status, BIGHT_OK);
    EXPECT_EQ(access("file:x.db?mode=memory", F_OK), 0);
    EXPECT_EQ(chdir(before), 0);
    free(before);
}

TEST_F(Sqlite, memoryIsOneConnectionAndGoneAtTheEnd)
{
    bight_sql *memory = openAt("sqlite::memory:");
    std::vector<bight_deferred *> all;

    EXPECT_EQ(execute(memory, "create table v (i integer)").status, BIGHT_OK);
    for (int i = 0; i < 10; i++)
        all.push_back(bight_sql_execute(memory, "insert into v values (1)", nullptr, 0));
    for (bight_deferred *one : all)
        EXPECT_EQ(await(one).number, 1);
    EXPECT_EQ(query(memory, "select sum(i) from v").text(), "10");
    close(memory);
    memory = openAt("sqlite::memory:");
    EXPECT_NE(query(memory, "select * from v").status, BIGHT_OK);
    close(memory);
}

// -- Files that cannot be used --

TEST_F(Sqlite, aFolderThatIsMissingIsNotFound)
{
    Outcome outcome = connectTo("sqlite:" + file("none/there.db"));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_NE(outcome.message.find("none/there.db"), std::string::npos) << outcome.message;
}

TEST_F(Sqlite, aFileThatIsNotToBeMadeIsNotFound)
{
    EXPECT_EQ(connectTo("sqlite:" + file("none.db") + "?mode=ro").status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(connectTo("sqlite:" + file("none.db") + "?mode=rw").status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_NE(access(file("none.db").c_str(), F_OK), 0);
}

TEST_F(Sqlite, whatIsNoDatabaseIsSaidToBeNone)
{
    folder_.write("text.db", std::string(4096, 'x'));
    Outcome outcome = connectTo("sqlite:" + file("text.db"));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(outcome.state, "XX001");
}

TEST_F(Sqlite, aDamagedFileIsSaidToBe)
{
    mustExecute("create table v (i integer, t text)");
    mustExecute("insert into v select i, name from (" + sql::series(5000) + ")");
    close(database);
    database = nullptr;
    {
        std::fstream damage(file("main.db"), std::ios::in | std::ios::out | std::ios::binary);
        damage.seekp(4096);
        damage << std::string(8192, '\xee');
    }
    bight_sql *damaged = openAt("sqlite:" + file("main.db"));
    Outcome outcome = query(damaged, "select count(*), max(t) from v");
    EXPECT_EQ(outcome.status, BIGHT_ERROR_PROTOCOL) << outcome.message;
    close(damaged);
}

TEST_F(Sqlite, whatIsReadOnlyIsNotWritten)
{
    mustExecute("create table v (i integer)");
    bight_sql *reader = openAt("sqlite:" + file("main.db") + "?mode=ro");
    EXPECT_EQ(query(reader, "select count(*) from v").text(), "0");
    Outcome outcome = execute(reader, "insert into v values (1)");
    EXPECT_EQ(outcome.status, BIGHT_ERROR_PERMISSION);
    EXPECT_EQ(outcome.state, "25006");
    sql::WorkFn fn = [](bight_sql *sql) {
        return bight_result_wait(bight_sql_query(sql, "select count(*) from v", nullptr, 0));
    };
    EXPECT_EQ(await(bight_sql_transaction(reader, sql::doWork, &fn)).text(), "0");
    close(reader);
}

TEST_F(Sqlite, aFullDiskIsALimitAndTheTransactionIsRolledBack)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 1;
    bight_sql *one = open(&options);
    EXPECT_EQ(execute(one, "create table v (b blob)").status, BIGHT_OK);
    sql::WorkFn fn = [](bight_sql *sql) {
        bight_deferred_free(
            bight_sql_execute(sql, "insert into v values (zeroblob(1000))", nullptr, 0));
        return bight_result_wait(
            bight_sql_execute(sql, "insert into v values (zeroblob(1000000))", nullptr, 0));
    };
    sql::WorkFn all = [&](bight_sql *in) {
        bight_deferred_free(bight_sql_query(in, "pragma max_page_count = 20", nullptr, 0));
        return bight_result_wait(bight_sql_transaction(in, sql::doWork, &fn));
    };
    Outcome outcome = await(bight_sql_session(one, sql::doWork, &all));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_LIMIT);
    EXPECT_EQ(outcome.state, "53100");
    EXPECT_EQ(query(one, "select count(*) from v").text(), "0");
    EXPECT_EQ(execute(one, "insert into v values (zeroblob(1000))").number, 1);
    close(one);
}

// -- Locks --

TEST_F(Sqlite, aLockIsWaitedFor)
{
    mustExecute("create table v (i integer)");
    Stranger other(file("main.db"));
    other.run("begin immediate");
    bight_deferred *insert = bight_sql_execute(database, "insert into v values (1)", nullptr, 0);
    runFor(BIGHT_MSEC(40));
    EXPECT_FALSE(bight_deferred_is_done(insert));
    other.run("commit");
    EXPECT_EQ(await(insert).number, 1);
}

TEST_F(Sqlite, aLockIsNotWaitedForForever)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.busy_timeout = BIGHT_MSEC(30);
    bight_sql *hasty = open(&options);
    mustExecute("create table v (i integer)");
    Stranger other(file("main.db"));
    other.run("begin immediate");
    Outcome outcome = execute(hasty, "insert into v values (1)");
    EXPECT_EQ(outcome.status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(outcome.state, "55P03");
    sql::WorkFn fn = [](bight_sql *) { return bight_result_value(nullptr); };
    EXPECT_EQ(await(bight_sql_transaction(hasty, sql::doWork, &fn)).status, BIGHT_ERROR_TIMED_OUT);
    other.run("commit");
    EXPECT_EQ(execute(hasty, "insert into v values (1)").number, 1);
    close(hasty);
}

TEST_F(Sqlite, cancellingEndsWaitingForALock)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 1;
    options.busy_timeout = BIGHT_SEC(3600);
    bight_sql *one = open(&options);
    mustExecute("create table v (i integer)");
    Stranger other(file("main.db"));
    other.run("begin immediate");
    bight_deferred *insert = bight_sql_execute(one, "insert into v values (1)", nullptr, 0);
    runFor(BIGHT_MSEC(20));
    bight_deferred_cancel(insert);
    EXPECT_EQ(await(insert).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(query(one, "select 1").text(), "1"); // the connection is free again
    close(one);
}

TEST_F(Sqlite, aCancelThatFindsATransactionCommittingIsTooLate)
{
    mustExecute("create table v (i integer)");
    mustExecute("insert into v values (1)");
    bool inserted = false;
    Stranger reader(file("main.db")); // whoever reads lets others prepare, but not commit
    reader.run("begin");
    reader.run("select * from v");
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred *insert = bight_sql_execute(sql, "insert into v values (2)", nullptr, 0);

        return bight_result_wait(sql::then(insert, [&] {
            inserted = true;
            return bight_result_value(nullptr);
        }));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);
    EXPECT_TRUE(runUntil([&] { return inserted; }));
    runFor(BIGHT_MSEC(20));
    for (int i = 0; i < 3; i++) {
        bight_deferred_cancel(transaction);
        EXPECT_FALSE(bight_deferred_is_done(transaction));
    }
    reader.run("commit");
    EXPECT_EQ(await(transaction).status, BIGHT_OK);
    EXPECT_EQ(field("select count(*) from v"), "2");
}

TEST_F(Sqlite, aCommitThatTakesTooLongIsRolledBack)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.busy_timeout = BIGHT_MSEC(30);
    bight_sql *hasty = open(&options);
    mustExecute("create table v (i integer)");
    Stranger reader(file("main.db"));
    reader.run("begin");
    reader.run("select * from v");
    sql::WorkFn fn = [&](bight_sql *sql) {
        return bight_result_wait(bight_sql_execute(sql, "insert into v values (2)", nullptr, 0));
    };
    EXPECT_EQ(await(bight_sql_transaction(hasty, sql::doWork, &fn)).status, BIGHT_ERROR_TIMED_OUT);
    reader.run("insert into v values (3)"); // the lock for writing is free again
    reader.run("commit");
    EXPECT_EQ(query(hasty, "select i from v").text(), "3");
    close(hasty);
}

TEST_F(Sqlite, manyConnectionsMaySwitchToWalAtOnce)
{
    std::string where = address + "?journal=wal";
    bight_sql *first = openAt(where), *second = openAt(where);
    std::vector<bight_deferred *> all;

    for (int i = 0; i < 4; i++)
        for (bight_sql *sql : {first, second})
            all.push_back(bight_sql_query(sql, "pragma journal_mode", nullptr, 0));
    for (bight_deferred *one : all)
        EXPECT_EQ(await(one).text(), "'wal'");
    close(first);
    close(second);
}

TEST_F(Sqlite, withWalAReaderDoesNotHoldWritersBack)
{
    bight_sql *sql = openAt(address + "?journal=wal");
    EXPECT_EQ(execute(sql, "create table v (i integer)").status, BIGHT_OK);
    EXPECT_EQ(execute(sql, "insert into v values (1), (2), (3)").number, 3);
    sql::RowFn fn = [&](const bight_sql_row &) {
        return bight_result_wait(bight_sql_execute(sql, "insert into v values (9)", nullptr, 0));
    };
    EXPECT_EQ(await(bight_sql_each(sql, "select i from v", nullptr, 0, sql::tellRow, &fn)).rows,
              3u);
    EXPECT_EQ(query(sql, "select count(*) from v").text(), "6");
    close(sql);
}

// -- Parameters of other forms --

TEST_F(Sqlite, questionMarksAndNumberedOnesWorkHereToo)
{
    EXPECT_EQ(query(database, "select ?, ?", {bight_sql_integer(1), bight_sql_integer(2)}).text(),
              "1|2");
    EXPECT_EQ(query(database, "select ?2, ?1", {bight_sql_integer(1), bight_sql_integer(2)}).text(),
              "2|1");
    EXPECT_EQ(query(database, "select :name", {bight_sql_integer(1)}).state, "42P02");
    EXPECT_EQ(query(database, "select $name", {bight_sql_integer(1)}).state, "42P02");
}

TEST_F(Sqlite, foreignKeysAreKeptUnlessSwitchedOff)
{
    mustExecute("create table p (i integer primary key)");
    mustExecute("create table v (i integer references p (i))");
    EXPECT_EQ(execute(database, "insert into v values (1)").state, "23503");
    bight_sql *lax = openAt(address + "?foreign_keys=off");
    EXPECT_EQ(execute(lax, "insert into v values (1)").number, 1);
    close(lax);
}

TEST_F(Sqlite, theCodeOfAnErrorIsTheExtendedOne)
{
    mustExecute("create table v (i integer unique)");
    mustExecute("insert into v values (1)");
    bight_deferred *insert = bight_sql_execute(database, "insert into v values (1)", nullptr, 0);
    bight_result result = bight_result_value(nullptr);
    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(insert); }));
    EXPECT_TRUE(bight_deferred_take(insert, &result));
    ASSERT_NE(result.error, nullptr);
    EXPECT_TRUE(bight_error_matches(result.error, BIGHT_DOMAIN_SQLITE, SQLITE_CONSTRAINT_UNIQUE));
    bight_result_free(result);
    bight_deferred_free(insert);
}

// -- Memory and threads --

TEST_F(Sqlite, whoIsSlowIsNotWaitedForByAThread)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    bight_promise *promise = nullptr;
    options.connections = 2;
    bight_sql *two = openAt(address, &options);
    sql::RowFn fn = [&](const bight_sql_row &row) {
        if (row.number > 0)
            return bight_result_value(nullptr);
        return bight_result_wait(bight_deferred_new(&promise));
    };
    bight_deferred *each =
        bight_sql_each(two, sql::series(100000).c_str(), nullptr, 0, sql::tellRow, &fn);

    EXPECT_TRUE(runUntil([&] { return promise != nullptr; }));
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(query(two, "select 1").text(), "1");
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(await(each).rows, 100000u);
    close(two);
}

TEST_F(Sqlite, theLoopGoesOnWhileADatabaseWorks)
{
    bight_deferred *endless = bight_sql_query(
        database,
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
        nullptr, 0);
    int beats = 0;
    bight_deferred *beat = bight_repeat(
        reactor, BIGHT_MSEC(2),
        [](bight_beat *each, void *data) {
            each->last = ++*static_cast<int *>(data) == 10;
            return bight_result_value(nullptr);
        },
        &beats);

    EXPECT_EQ(await(beat).status, BIGHT_OK);
    EXPECT_EQ(beats, 10);
    EXPECT_FALSE(bight_deferred_is_done(endless));
    bight_deferred_cancel(endless);
    EXPECT_EQ(await(endless).status, BIGHT_ERROR_CANCELLED);
}

// -- The state of a session --

TEST_F(Sqlite, leavesNoStateOfASessionToTheNextUser)
{
    std::string other = address + "-other";
    for (const std::string &where : {address, std::string("sqlite::memory:")}) {
        bight_sql *one = openAt(where + "?connections=1");
        sql::WorkFn work = [&](bight_sql *in) {
            for (const std::string &each :
                 {std::string("create table kept (i)"), std::string("insert into kept values (5)"),
                  std::string("create temp table mine (i)"), std::string("pragma foreign_keys=off"),
                  "attach '" + other.substr(other.find(':') + 1) + "' as other"})
                bight_deferred_free(bight_sql_query(in, each.c_str(), nullptr, 0));
            return bight_result_wait(bight_sql_query(in, "select * from mine", nullptr, 0));
        };
        Outcome outcome = await(bight_sql_session(one, sql::doWork, &work));
        EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
        EXPECT_EQ(query(one, "select count(*) from sqlite_temp_master").text(), "0") << where;
        EXPECT_EQ(query(one, "pragma foreign_keys").text(), "1") << where;
        EXPECT_EQ(
            query(one, "select count(*) from pragma_database_list where name = 'other'").text(),
            "0")
            << where;
        EXPECT_EQ(query(one, "select * from kept").text(), "5") << "data stay: " << where;
        close(one);
    }
}

TEST_F(Sqlite, isOpenedBesideTheProgramOrByAnAbsolutePathWithTwoSlashes)
{
    std::string path = address.substr(address.find(':') + 1);
    bight_sql *one = openAt("sqlite://" + path);

    EXPECT_EQ(execute(one, "create table slashes (i)").status, BIGHT_OK);
    EXPECT_EQ(field("select count(*) from slashes"), "0");
    close(one);
    one = openAt("sqlite://:memory:");
    EXPECT_EQ(query(one, "select file from pragma_database_list").text(), "''");
    close(one);
}

} // namespace
