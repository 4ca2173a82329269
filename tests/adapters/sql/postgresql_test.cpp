// What only PostgreSQL has, and what can only go wrong with a server: connecting, passwords, a
// server that goes down, one that lies, types, TLS. A statement's ordinary life is in the suite.
#include "adapters/connections.hpp"
#include "adapters/loop.hpp"
#include "adapters/name_server.hpp"
#include "adapters/sql/postgresql_own.hpp"
#include "support/port.hpp"

#include <bight/later.h>
#include <bight/log.h>
#include <clocale>
#include <sys/resource.h>

using conformance::NameServer;
using sql::Outcome;
using sql::Postgresql;

namespace
{

// -- Connecting --

TEST_F(Postgresql, needsNoThread)
{
    size_t threads = support::countThreads();
    bight_deferred *deferred = bight_sql_query(database, "select 1", nullptr, 0);

    EXPECT_TRUE(runUntil([&] {
        EXPECT_EQ(support::countThreads(), threads);
        return bight_deferred_is_done(deferred);
    }));
    EXPECT_EQ(await(deferred).text(), "1");
    EXPECT_EQ(support::countThreads(), threads);
}

TEST_F(Postgresql, isReachedOverAUnixSocket)
{
    bight_sql *other = openAt(server().address("postgres", true));

    EXPECT_EQ(query(other, "select inet_client_addr()").text(), "NULL");
    close(other);
}

TEST_F(Postgresql, isReachedByNameWithoutAThread)
{
    NameServer names(reactor, NameServer::knowing("db.test", {"127.0.0.1"}));
    bight_resolver *resolver = names.resolver(reactor);
    bight_resolver_make_default(resolver);
    size_t threads = support::countThreads();
    bight_sql *other = openAt(at("db.test"));

    EXPECT_EQ(query(other, "select 1").text(), "1");
    EXPECT_EQ(support::countThreads(), threads);
    EXPECT_GT(names.questions, 0u);
    Outcome missing = connectTo(at("missing.test"));
    EXPECT_EQ(missing.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_NE(missing.message.find("look up missing.test: no such name"), std::string::npos)
        << missing.message;
    close(other);
    bight_resolver_free(resolver);
}

TEST_F(Postgresql, isTriedAtEachAddressOfItsName)
{
    NameServer names(reactor, NameServer::knowing("db.test", {"127.0.0.9", "::1", "127.0.0.1"}));
    bight_resolver *resolver = names.resolver(reactor);

    bight_resolver_make_default(resolver);
    Outcome outcome = connectTo(at("db.test"));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    bight_resolver_free(resolver);
}

TEST_F(Postgresql, isTriedAtEachHostOfTheAddress)
{
    std::string port = std::to_string(server().port());
    Outcome outcome =
        connectTo("postgresql://bight@127.0.0.9:" + port + ",127.0.0.1:" + port + "/postgres");
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
}

TEST_F(Postgresql, isGivenUpWhenItSaysNothingButNotBeforeTheNextHostWasTried)
{
    conformance::Server silent(reactor, "tcp:127.0.0.1:0");
    std::string first = "127.0.0.1:" + std::to_string(silent.port());
    Outcome outcome = connectTo("postgresql://bight@" + first + "/x", BIGHT_MSEC(50));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_TIMED_OUT) << outcome.message;
    EXPECT_NE(outcome.message.find(first), std::string::npos) << outcome.message;
    outcome = connectTo("postgresql://bight@" + first +
                            ",127.0.0.1:" + std::to_string(server().port()) + "/postgres",
                        BIGHT_SEC(2));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
}

TEST_F(Postgresql, thatIsNotThereRefuses)
{
    std::string port = std::to_string(support::freePort());
    Outcome tcp = connectTo("postgresql://bight:secret@127.0.0.1:" + port + "/x");
    Outcome local = connectTo("postgresql:host=" + server().folder() + "/nothing dbname=x");

    EXPECT_EQ(tcp.status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(tcp.message,
              "connect to postgresql://bight@127.0.0.1:" + port + "/x: Connection refused");
    EXPECT_EQ(local.status, BIGHT_ERROR_REFUSED) << local.message;
}

TEST_F(Postgresql, refusesAWrongPasswordAndNobodyReadsItInTheMessage)
{
    server().execute("create role locked login password 'right'");
    std::string port = std::to_string(server().port());
    auto with = [&](const std::string &user) {
        return connectTo("postgresql://" + user + "@127.0.0.1:" + port + "/postgres");
    };
    Outcome wrong = with("locked:wr0ng"), none = with("locked"), right = with("locked:right");

    EXPECT_EQ(wrong.status, BIGHT_ERROR_DENIED);
    EXPECT_EQ(wrong.state, "28P01");
    EXPECT_EQ(wrong.message.find("wr0ng"), std::string::npos) << wrong.message;
    EXPECT_NE(wrong.message.find("password authentication failed"), std::string::npos)
        << wrong.message;
    EXPECT_EQ(none.status, BIGHT_ERROR_DENIED) << none.message;
    EXPECT_EQ(right.status, BIGHT_OK) << right.message;
}

TEST_F(Postgresql, tellsThatADatabaseDoesNotExist)
{
    Outcome outcome = connectTo(server().address("nowhere"));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(outcome.state, "3D000");
}

TEST_F(Postgresql, isNotOpenedWithAnAddressThatMakesNoSense)
{
    for (const char *wrong :
         {"postgresql://[::1/x", "postgresql:host", "postgresql:host=a,b port=1,2,3",
          "postgresql://h/x?colour=blue", "postgresql:host=a,b hostaddr=::1"}) {
        bight_error *error = nullptr;
        bight_sql *other = nullptr;
        EXPECT_EQ(bight_sql_open(reactor, wrong, nullptr, &error, &other), BIGHT_ERROR_INVALID)
            << wrong;
        EXPECT_NE(error, nullptr);
        bight_error_unref(error);
    }
}

TEST_F(Postgresql, aPasswordIsInNoMessageWhateverTheAddress)
{
    const char *addresses[] = {
        "postgresql://u:hunter2%zz@127.0.0.1/x",       // no escape
        "postgresql://u:hunter2@[127.0.0.1/x",         // no end of an address
        "postgresql://u:hu@hunter2@127.0.0.1/x",       // taken for a host
        "postgresql://u:hunter2/x@127.0.0.1/x",        // taken for a port
        "postgresql://u:12/hunter2@127.0.0.1/x",       // taken for the name of the database
        "postgresql://u:hu:hunter2@127.0.0.1:p/x",     // no port
        "postgresql://127.0.0.1/x?password=a&hunter2", // an option without a value
        "postgresql:host=127.0.0.1 password=my hunter2",
        "postgresql:host=127.0.0.1 password=my hunter2=x",
        "postgresql:host=127.0.0.1 password='hunter2",
        "postgresql://u:hunter2@127.0.0.1:1/x", // nobody there
        "postgresql:host=127.0.0.1 port=1 password=hunter2 user=u",
    };

    for (const char *each : addresses) {
        bight_error *error = nullptr;
        bight_sql *sql = nullptr;
        std::string message;

        if (bight_sql_open(reactor, each, nullptr, &error, &sql) == BIGHT_OK) {
            Outcome outcome = await(bight_sql_connect(sql));

            EXPECT_NE(outcome.status, BIGHT_OK) << each;
            message = outcome.message;
            close(sql);
        } else {
            EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_INVALID) << each;
            message = bight_error_get_message(error);
            bight_error_unref(error);
        }
        EXPECT_NE(message, "") << each;
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << each << ": " << message;
    }
}

TEST_F(Postgresql, whatIsWrongWithAnAddressIsToldWhereThereIsNoPassword)
{
    bight_error *error = nullptr;
    bight_sql *sql = nullptr;

    ASSERT_EQ(
        bight_sql_open(reactor, "postgresql://127.0.0.1/x?sslmod=require", nullptr, &error, &sql),
        BIGHT_ERROR_INVALID);
    EXPECT_NE(std::string(bight_error_get_message(error)).find("sslmod"), std::string::npos);
    bight_error_unref(error);
}

TEST_F(Postgresql, speaksTlsWhenItIsAskedTo)
{
    if (!server().tls)
        GTEST_SKIP() << "the server has no certificate (openssl is missing)";
    bight_sql *other = openAt(at("127.0.0.1") + "?sslmode=require");

    EXPECT_EQ(query(other, "select ssl from pg_stat_ssl where pid = pg_backend_pid()").text(), "1");
    EXPECT_EQ(query(other, sql::series(50000)).rows, 50000u);
    close(other);
    Outcome strict =
        connectTo(at("127.0.0.1") + "?sslmode=verify-full&sslrootcert=" + server().folder() +
                  "/data/server.crt");
    EXPECT_NE(strict.status, BIGHT_OK) << "the certificate is for another name";
}

TEST_F(Postgresql, isClosedWhileItIsConnectedTo)
{
    conformance::Server silent(reactor, "tcp:127.0.0.1:0");
    bight_sql *other =
        openAt("postgresql://bight@127.0.0.1:" + std::to_string(silent.port()) + "/x");
    bight_deferred *attempt = bight_sql_connect(other);

    EXPECT_TRUE(runUntil([&] { return silent.first() != nullptr; }));
    close(other);
    EXPECT_EQ(await(attempt).status, BIGHT_ERROR_CLOSED);
}

// -- A server that goes down --

TEST_F(Postgresql, isConnectedToAgainWhenItWasStartedAnew)
{
    EXPECT_EQ(field("select 1"), "1");
    bight_deferred *endless = bight_sql_query(
        database, "select count(*) from generate_series(1, 1e15::bigint)", nullptr, 0);
    runFor(BIGHT_MSEC(100));
    server().stop();
    Outcome outcome = await(endless);
    EXPECT_EQ(outcome.status, BIGHT_ERROR_RESET) << outcome.message;
    EXPECT_EQ(outcome.state, "57P01") << outcome.message;
    EXPECT_EQ(query(database, "select 1").status, BIGHT_ERROR_REFUSED);
    bight_sql_counts counts = {sizeof(counts), 0, 0, 0};
    bight_sql_get_counts(database, &counts);
    EXPECT_EQ(counts.connections, 0u) << "another attempt, for nobody, that would fail a later one";
    server().start();
    EXPECT_EQ(field("select 1"), "1");
}

TEST_F(Postgresql, isConnectedToAgainWhenAnIdleConnectionBroke)
{
    bight_sql *one = single();
    std::string process = query(one, "select pg_backend_pid()").text();

    server().execute("select pg_terminate_backend(" + process + ")");
    EXPECT_TRUE(runUntil([&] {
        bight_sql_counts counts = {sizeof(counts), 0, 0, 0};
        bight_sql_get_counts(one, &counts);
        return counts.connections == 0;
    }));
    EXPECT_NE(query(one, "select pg_backend_pid()").text(), process);
    close(one);
}

TEST_F(Postgresql, losesATransactionWithItsConnection)
{
    mustExecute("create table v (i int)");
    sql::WorkFn work = [&](bight_sql *in) {
        return bight_result_wait(bight_sql_query(
            in, "insert into v select 1 where pg_terminate_backend(pg_backend_pid()) is not null",
            nullptr, 0));
    };
    Outcome outcome = await(bight_sql_transaction(database, sql::doWork, &work));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_RESET) << outcome.message;
    EXPECT_EQ(field("select count(*) from v"), "0");
}

// -- Cancelling --

// However late or early the request comes, it stops this statement or none, and never the next.
TEST_F(Postgresql, neverStopsTheStatementAfterTheOneThatWasCancelled)
{
    bight_sql *one = single();

    EXPECT_EQ(query(one, "select 1").text(), "1");
    for (int i = 0; i < 25; i++) {
        bight_deferred *nap = bight_sql_query(one, "select pg_sleep(0.01)", nullptr, 0);
        runFor(BIGHT_USEC(700) * static_cast<uint64_t>(i));
        bight_deferred_cancel(nap);
        bight_deferred_free(nap);
        Outcome outcome = query(one, "select pg_sleep(0.005), 'still here'");
        ASSERT_EQ(outcome.status, BIGHT_OK) << i << ": " << outcome.message;
    }
    close(one);
}

TEST_F(Postgresql, isClosedWhileAStatementIsBeingCancelled)
{
    bight_sql *one = single();
    EXPECT_EQ(query(one, "select 1").text(), "1");
    bight_deferred *nap = bight_sql_query(one, "select pg_sleep(60)", nullptr, 0);

    bight_deferred_cancel(nap);
    EXPECT_EQ(await(nap).status, BIGHT_ERROR_CANCELLED);
    close(one);
}

// -- Values --

TEST_F(Postgresql, givesEachTypeAsWhatItIs)
{
    Outcome outcome = query(
        database, "select true, false, 1::smallint, 2::int, 3::bigint, 0.5::real, 'NaN'::float8,"
                  " '-Infinity'::float8, 12345678901234567890.5::numeric, 'x'::varchar(3),"
                  " date '2026-11-22', '\\x00ff'::bytea, null::int, '{1,2}'::int[], 'b'::\"char\"");
    EXPECT_EQ(outcome.text(), "1|0|1|2|3|0.5|nan|-inf|'12345678901234567890.5'|'x'|"
                              "'2026-11-22'|x'00ff'|NULL|'{1,2}'|'b'");
}

TEST_F(Postgresql, takesTextForATypeThatTheServerFindsOut)
{
    mustExecute("create table v (d date, n numeric, j jsonb, u uuid, b boolean)");
    mustExecute("insert into v values ($1, $2, $3, $4, $5)",
                {bight_sql_text("2026-11-22"), bight_sql_text("1.50"), bight_sql_text("{\"a\": 1}"),
                 bight_sql_text("6f1f6d4e-6f4c-4d2e-9d5e-000000000001"), bight_sql_text("t")});
    EXPECT_EQ(query(database, "select d, n, j, b from v").text(),
              "'2026-11-22'|'1.50'|'{\"a\": 1}'|1");
    EXPECT_EQ(field("select $1", {bight_sql_integer(INT64_MIN)}), std::to_string(INT64_MIN));
}

TEST_F(Postgresql, takesIntegersWhereAnInt4IsWanted)
{
    EXPECT_EQ(field("select repeat('x', $1)", {bight_sql_integer(3)}), "'xxx'");
    EXPECT_EQ(field("select make_date($1, 1, 2)", {bight_sql_integer(2026)}), "'2026-01-02'");
    for (int64_t each : {INT64_MIN, int64_t{INT32_MIN} - 1, int64_t{INT32_MIN}, int64_t{-1},
                         int64_t{INT32_MAX}, int64_t{INT32_MAX} + 1, INT64_MAX})
        EXPECT_EQ(field("select $1", {bight_sql_integer(each)}), std::to_string(each));
}

TEST_F(Postgresql, takesANullWhoseTypeNothingTells)
{
    for (int i = 0; i < 5; i++) { // it is prepared at the third time
        EXPECT_EQ(field("select $1 is null", {bight_sql_null()}), "1") << i;
        EXPECT_EQ(field("select jsonb_build_object('a', $1)", {bight_sql_text("b")}),
                  "'{\"a\": \"b\"}'");
    }
    mustExecute("create table v (i int)");
    mustExecute("insert into v values ($1)", {bight_sql_null()});
}

TEST_F(Postgresql, readsNumbersWhereTheProgramHasACommaInThem)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8") == nullptr)
        GTEST_SKIP() << "the locale de_DE.UTF-8 is not installed";
    Outcome outcome = query(database, "select 0.5::float8, $1", {bight_sql_real(0.25)});
    setlocale(LC_ALL, "C");
    EXPECT_EQ(outcome.text(), "0.5|0.25");
}

TEST_F(Postgresql, refusesANulInText)
{
    Outcome outcome = query(database, "select $1", {bight_sql_text_of("a\0b", 3)});
    EXPECT_EQ(outcome.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(field("select 1"), "1");
}

TEST_F(Postgresql, namesTheTypesOfItsColumns)
{
    bight_deferred *deferred =
        bight_sql_query(database, "select 1, now(), 'x'::text, '{}'::int[]", nullptr, 0);
    ASSERT_TRUE(runUntil([&] { return bight_deferred_is_done(deferred); }));
    bight_result result;

    ASSERT_TRUE(bight_deferred_take(deferred, &result));
    const bight_sql_table *table = bight_result_get_table(result);
    EXPECT_STREQ(table->columns[0].type, "integer");
    EXPECT_STREQ(table->columns[1].type, "timestamptz");
    EXPECT_STREQ(table->columns[2].type, "text");
    EXPECT_STREQ(table->columns[3].type, "");
    bight_result_free(result);
    bight_deferred_free(deferred);
}

// 60 MB of rows, of which the reader takes none for a while: they wait at the server.
TEST_F(Postgresql, keepsTheRowsThatNobodyTakesAtTheServer)
{
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "the sanitizer keeps what was freed";
#endif
    rusage before{}, after{};
    uint64_t bytes = 0;
    sql::RowFn fn = [&](const bight_sql_row &row) {
        bytes += row.values[0].bytes.size;
        if (row.number % 5000 != 0)
            return bight_result_value(nullptr);
        return bight_result_wait(bight_delay(reactor, BIGHT_MSEC(10)));
    };

    EXPECT_EQ(field("select 1"), "1");
    getrusage(RUSAGE_SELF, &before);
    Outcome outcome =
        await(bight_sql_each(database, "select repeat('x', 1000) from generate_series(1, 60000)",
                             nullptr, 0, sql::tellRow, &fn));
    getrusage(RUSAGE_SELF, &after);
    EXPECT_EQ(outcome.rows, 60000u) << outcome.message;
    EXPECT_EQ(bytes, 60000000u);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 * 1024) << "KiB";
}

// -- The rest --

TEST_F(Postgresql, waitsForALockAsLongAsItIsTold)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.busy_timeout = BIGHT_MSEC(50);
    bight_sql *hasty = open(&options);
    mustExecute("create table v (i int)");
    mustExecute("insert into v values (1)");
    sql::WorkFn hold = [&](bight_sql *in) {
        return bight_result_wait(
            sql::then(bight_sql_execute(in, "update v set i = 2", nullptr, 0), [&] {
                return bight_result_wait(
                    bight_sql_execute(hasty, "update v set i = 3", nullptr, 0));
            }));
    };
    Outcome outcome = await(bight_sql_transaction(database, sql::doWork, &hold));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_TIMED_OUT) << outcome.message;
    EXPECT_EQ(outcome.state, "55P03");
    close(hasty);
}

TEST_F(Postgresql, refusesToCopyAndGoesOn)
{
    for (const char *copy : {"copy (select 1) to stdout", "copy pg_class from stdin"})
        EXPECT_NE(execute(database, copy).status, BIGHT_OK) << copy;
    mustExecute("create table v (i int)");
    EXPECT_EQ(execute(database, "copy v from stdin").status, BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(field("select 1"), "1");
}

TEST_F(Postgresql, saysItsRemarksThroughTheLogHook)
{
    std::string said;
    bight_log_set([](bight_log_level, const char *message,
                     void *data) { *static_cast<std::string *>(data) += message; },
                  &said);
    Outcome outcome = execute(database, "do $$ begin raise warning 'mind the gap'; end $$");
    bight_log_set(nullptr, nullptr);

    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_NE(said.find("mind the gap"), std::string::npos) << said;
}

TEST_F(Postgresql, isLeftWithItsReactor)
{
    EXPECT_EQ(field("select 1"), "1");
    bight_deferred *nap = bight_sql_query(database, "select pg_sleep(60)", nullptr, 0);

    runFor(BIGHT_MSEC(5));
    freeReactor();
    bight_sql_free(std::exchange(database, nullptr));
    EXPECT_TRUE(bight_deferred_is_done(nap));
    bight_result result;
    ASSERT_TRUE(bight_deferred_take(nap, &result));
    EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_CLOSED);
    bight_result_free(result);
    bight_deferred_free(nap);
}

} // namespace
