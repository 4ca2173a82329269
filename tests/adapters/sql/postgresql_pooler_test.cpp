// Prepared statements whose names others share: behind a real pooler that changes the server's
// connection between transactions, and on a server on which somebody has taken a name.
#include "adapters/sql/pgbouncer.hpp"
#include "adapters/sql/postgresql_server.hpp"
#include "adapters/sql/sql_suite.hpp"

#include "postgresql/name.h"

#include <array>

namespace
{

using sql::Outcome;
using sql::PostgresqlServer;

std::string nameOf(const std::string &text, const std::vector<unsigned> &types = {})
{
    char name[PG_NAME_SIZE];

    bighti_pg_name(text.c_str(), types.data(), static_cast<int>(types.size()), name);
    return name;
}

// -- Names --

// The first of the vectors that the authors of SipHash give, and the one of 15 bytes.
TEST(PreparedNames, areMadeWithSipHash)
{
    const uint64_t key[] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    uint64_t hash[2];

    bighti_pg_hash(bytes, 0, key, hash);
    EXPECT_EQ(hash[0], 0xe6a825ba047f81a3u);
    EXPECT_EQ(hash[1], 0x930255c71472f66du);
    bighti_pg_hash(bytes, sizeof(bytes), key, hash);
    EXPECT_EQ(hash[0], 0x11a8b03399e99354u);
    EXPECT_EQ(hash[1], 0xd9c3cf970fec087eu);
}

TEST(PreparedNames, followFromTheTextAndTheTypesAlone)
{
    EXPECT_EQ(nameOf("select $1", {20}), nameOf("select $1", {20}));
    EXPECT_EQ(nameOf("select 1"), "bight_e151b7e59cf0bf032d89a3cb2aa8ce43")
        << "it must never change";
    std::vector<std::string> all = {nameOf("select 1"),           nameOf("select 2"),
                                    nameOf("select 1 "),          nameOf("select 1", {20}),
                                    nameOf("select 1", {25}),     nameOf("select 1", {20, 25}),
                                    nameOf("select 1", {25, 20}), nameOf("")};
    for (size_t i = 0; i < all.size(); i++)
        for (size_t j = 0; j < i; j++)
            EXPECT_NE(all[i], all[j]) << i << " " << j;
}

// -- On a server --

class PostgresqlNames : public sql::Fixture
{
  protected:
    std::string fresh(std::string &why) override
    {
        why = server().why;
        return why.empty() ? server().freshDatabase() : "";
    }
    static PostgresqlServer &server()
    {
        return PostgresqlServer::shared();
    }
    bight_sql *single(const std::string &where)
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
        options.connections = 1;
        return openAt(where, &options);
    }
    // Inside of a function, where nobody sees it, and so nothing is undone.
    void takeName(bight_sql *sql, const std::string &statement)
    {
        mustExecute("create function take() returns void language plpgsql as $$ begin execute "
                    "'prepare " +
                    nameOf(statement) + " as " + statement + "'; end $$");
        EXPECT_EQ(query(sql, "select take()").status, BIGHT_OK);
    }
    Outcome inTransaction(bight_sql *sql, const std::string &statement)
    {
        sql::WorkFn fn = [&](bight_sql *in) {
            return bight_result_wait(bight_sql_query(in, statement.c_str(), nullptr, 0));
        };
        return await(bight_sql_transaction(sql, sql::doWork, &fn));
    }
    std::string prepared(bight_sql *sql)
    {
        return query(sql, "select string_agg(name, ' ' order by name) from pg_prepared_statements")
            .text();
    }
};

TEST_F(PostgresqlNames, areThoseOfTheStatements)
{
    bight_sql *one = single(address);

    for (int i = 0; i < 3; i++)
        EXPECT_EQ(query(one, "select 5").text(), "5");
    EXPECT_EQ(prepared(one), "'" + nameOf("select 5") + "'");
    close(one);
}

TEST_F(PostgresqlNames, thatAreThereAlreadyAreTaken)
{
    bight_sql *one = single(address);

    mustExecute("create table v (i integer)");
    takeName(one, "select 5");
    for (int i = 0; i < 5; i++) {
        Outcome outcome = query(one, "select 5");
        EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
        EXPECT_EQ(outcome.text(), "5");
    }
    EXPECT_EQ(prepared(one), "'" + nameOf("select 5") + "'");
    close(one);
}

// The error has ended the transaction; it works when it is tried again.
TEST_F(PostgresqlNames, thatAreThereAlreadyEndATransactionOnce)
{
    bight_sql *one = single(address);

    takeName(one, "select 5");
    for (int i = 0; i < 2; i++)
        EXPECT_EQ(inTransaction(one, "select 5").text(), "5");
    EXPECT_EQ(inTransaction(one, "select 5").state, "42P05");
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(inTransaction(one, "select 5").text(), "5");
    close(one);
}

TEST_F(PostgresqlNames, thatSomebodyHasForgottenAreMadeAgain)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 1;
    options.statements = 2;
    bight_sql *one = openAt(address, &options);

    mustExecute("create function forget() returns void language plpgsql as "
                "$$ begin execute 'deallocate all'; end $$");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++)
            for (const char *each : {"select 1", "select 2"}) {
                Outcome outcome = query(one, each);
                EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
            }
        // Inside of a function, where nobody sees it.
        EXPECT_EQ(query(one, "select forget() -- " + std::to_string(round)).status, BIGHT_OK);
        // There is no room for it, and what would have to go has gone.
        for (int i = 0; i < 4; i++) {
            Outcome outcome = query(one, "select 3");
            EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
            EXPECT_EQ(outcome.text(), "3");
        }
    }
    close(one);
}

// A statement that was cancelled while it was prepared may be there or not.
TEST_F(PostgresqlNames, thatWereCancelledWhileTheyWereMadeDoNoHarm)
{
    bight_sql *one = single(address);

    EXPECT_EQ(query(one, "select 4").text(), "4");
    EXPECT_EQ(query(one, "select 4").text(), "4");
    for (int turns = 1; turns < 12; turns++) {
        bight_deferred *question = bight_sql_query(one, "select 4", nullptr, 0);
        for (int i = 0; i < turns; i++)
            runFor(BIGHT_USEC(50));
        bight_deferred_cancel(question);
        await(question);
        Outcome outcome = query(one, "select 4");
        EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    }
    close(one);
}

// What speaks the protocol and is no PostgreSQL.
TEST_F(PostgresqlNames, areNotNeededWhereTheServerDoesNotSayWhoItIs)
{
    mustExecute("revoke execute on function pg_catalog.pg_backend_pid() from public");
    server().execute("create role plain login");
    std::string where = address;
    where.replace(where.find("bight@"), 6, "plain@");
    bight_sql *one = single(where);

    for (int i = 0; i < 6; i++) {
        Outcome outcome = query(one, "select 6");
        EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    }
    EXPECT_EQ(prepared(one), "NULL");
    close(one);
    server().execute("drop role plain");
}

// -- Behind PgBouncer --

class PgBouncers : public PostgresqlNames
{
  protected:
    std::string fresh(std::string &why) override
    {
        std::string found = PostgresqlNames::fresh(why);

        if (why.empty())
            why = shared(1).why + shared(2).why;
        database_ = found.substr(found.rfind('/') + 1);
        database_.resize(std::min(database_.find('?'), database_.size()));
        return why.empty() ? found : "";
    }
    // One with so many connections to the server, for all tests.
    static sql::PgBouncer &shared(int connections)
    {
        static sql::PgBouncer one(server(), 1), two(server(), 2);
        return connections == 1 ? one : two;
    }
    // A client of its own, on one connection to the pooler.
    bight_sql *client(int connections)
    {
        return single(shared(connections).address(database_));
    }
    // The statement under the same number on each of them is another one.
    void expectOwnRows(int connections, bool inTransactions)
    {
        std::array<bight_sql *, 3> clients = {client(connections), client(connections),
                                              client(connections)};
        for (int round = 0; round < 8; round++) {
            std::array<bight_deferred *, 3> questions;
            std::array<std::string, 3> texts;
            std::array<sql::WorkFn, 3> works;
            for (size_t i = 0; i < clients.size(); i++) {
                texts[i] = "select 'of client " + std::to_string(i) + "'";
                works[i] = [&, i](bight_sql *in) {
                    bight_deferred_free(bight_sql_query(in, texts[i].c_str(), nullptr, 0));
                    return bight_result_wait(bight_sql_query(in, texts[i].c_str(), nullptr, 0));
                };
                questions[i] = inTransactions
                                   ? bight_sql_transaction(clients[i], sql::doWork, &works[i])
                                   : bight_sql_query(clients[i], texts[i].c_str(), nullptr, 0);
            }
            for (size_t i = 0; i < clients.size(); i++) {
                Outcome outcome = await(questions[i]);
                EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
                EXPECT_EQ(outcome.text(), "'of client " + std::to_string(i) + "'") << round;
            }
        }
        for (bight_sql *each : clients)
            close(each);
    }

  private:
    std::string database_;
};

TEST_F(PgBouncers, giveEachClientItsOwnRowsOnOneConnectionOfTheServer)
{
    expectOwnRows(1, false);
}

TEST_F(PgBouncers, giveEachClientItsOwnRowsOnTwoConnectionsOfTheServer)
{
    expectOwnRows(2, false);
}

TEST_F(PgBouncers, failNoTransactionForAStatementThatIsThereOrNot)
{
    expectOwnRows(1, true);
    expectOwnRows(2, true);
}

// What all of them ask, so that who prepares it meets what another one has prepared.
TEST_F(PgBouncers, shareAStatementAndTheTypesOfItsValues)
{
    std::array<bight_sql *, 2> clients = {client(2), client(2)};

    for (int round = 0; round < 8; round++)
        for (bight_sql *each : clients) {
            EXPECT_EQ(query(each, "select $1::text", {bight_sql_text("a")}).text(), "'a'");
            EXPECT_EQ(query(each, "select $1 + 1", {bight_sql_integer(round)}).text(),
                      std::to_string(round + 1));
            EXPECT_EQ(query(each, "select $1 + 1", {bight_sql_real(0.5)}).text(), "1.5");
        }
    for (bight_sql *each : clients)
        close(each);
}

// Neither does one client throw away what another program keeps on a connection that they share.
TEST_F(PgBouncers, keepWhatOthersHavePrepared)
{
    bight_sql *one = client(1);

    EXPECT_EQ(execute(one, "create table v (i integer)").status, BIGHT_OK);
    EXPECT_EQ(execute(one, "prepare of_somebody_else as select 1").status, BIGHT_OK);
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(query(one, "select * from v").status, BIGHT_OK);
        EXPECT_EQ(execute(one, "alter table v add c" + std::to_string(i) + " integer").status,
                  BIGHT_OK);
    }
    EXPECT_EQ(prepared(one), "'of_somebody_else'");
    close(one);
}

// With one connection to the server a cancel that logged in would wait for itself.
TEST_F(PgBouncers, passACancelOn)
{
    bight_sql *one = client(1);
    bight_deferred *nap = bight_sql_query(one, "select pg_sleep(60)", nullptr, 0);

    EXPECT_TRUE(runUntil([&] {
        return server().execute("select count(*) from pg_stat_activity where query like "
                                "'select pg_sleep(60)' and state = 'active'") == "1";
    }));
    bight_deferred_cancel(nap);
    EXPECT_EQ(await(nap).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(query(one, "select 'goes on'").text(), "'goes on'");
    close(one);
}

// The pooler itself is set to refuse `options`; a setting would reach other clients.
TEST_F(PgBouncers, areGivenNoOptionsAndNoSettings)
{
    bight_sql *one = client(1);

    EXPECT_EQ(query(one, "show lock_timeout").text(), "'0'");
    EXPECT_EQ(query(one, "set lock_timeout = 0").status, BIGHT_OK) << "nothing is discarded";
    EXPECT_EQ(query(one, "select 1").status, BIGHT_OK);
    close(one);
}

} // namespace
