// Sources as devices of Qt, and back.
#include "adapters/qt_support.hpp"
#include "core/source_support.hpp"
#include "support/guards.hpp"
#include "support/temp_dir.hpp"

#include <QtCore/QBuffer>
#include <QtCore/QFile>
#include <QtCore/QPointer>
#include <QtCore/QProcess>
#include <QtCore/QTextStream>
#include <QtWidgets/QApplication>
#include <bight/qt.h>
#include <bight/qt_source.hpp>

#include <optional>

namespace
{

using bight::SourceDevice;
using bight::toSource;
using qt_support::turn;
using qt_support::until;
using source_support::bytesOf;
using source_support::Deferred;
using source_support::endOf;
using source_support::longText;
using source_support::own;
using source_support::Queue;
using source_support::Source;

class QtSource : public testing::Test
{
  protected:
    ~QtSource() override
    {
        turn();
    }
    Source ofBytes(std::string_view text)
    {
        bight_bytes *bytes = bytesOf(text);
        Source source = own(bight_source_new_bytes(*reactor, bytes));

        bight_bytes_unref(bytes);
        return source;
    }
    std::string waitFor(const Deferred &deferred)
    {
        EXPECT_TRUE(until([&] { return bight_deferred_is_done(deferred.get()); }));
        return endOf(deferred);
    }
    std::string readAll(bight_source *source)
    {
        return waitFor(own(bight_source_read_all(source, SIZE_MAX)));
    }

    QObject context;
    support::ThreadGuard threads;
    std::optional<bight::QtReactor> reactor{std::in_place, &context};
};

// What a device has told.
struct Told {
    explicit Told(SourceDevice &device)
    {
        QObject::connect(&device, &QIODevice::readyRead, [this] { ready++; });
        QObject::connect(&device, &QIODevice::readChannelFinished, [this] { finished++; });
        QObject::connect(&device, &SourceDevice::failed,
                         [this](const QString &message, bight_status failure) {
                             text = message.toStdString();
                             status = failure;
                         });
    }
    int ready = 0, finished = 0;
    std::string text;
    bight_status status = BIGHT_OK;
};

// --- a source becomes a device -------------------------------------------------------------------

using QtDevice = QtSource;

TEST_F(QtDevice, readsAllAndThenFinishes)
{
    SourceDevice device(ofBytes("abcdef").release());
    Told told(device);

    EXPECT_EQ(device.bytesAvailable(), 0) << "not in the constructor";
    EXPECT_FALSE(device.atEnd());
    EXPECT_TRUE(until([&] { return told.finished == 1; }));
    EXPECT_EQ(told.ready, 1);
    EXPECT_EQ(device.bytesAvailable(), 6);
    EXPECT_EQ(device.read(4), "abcd");
    EXPECT_EQ(device.peek(9), "ef");
    EXPECT_EQ(device.readAll(), "ef");
    EXPECT_TRUE(device.atEnd());
    char byte;
    EXPECT_EQ(device.read(&byte, 1), -1);
    EXPECT_EQ(device.write("x"), -1);
}

TEST_F(QtDevice, whoDoesNotReadSlowsTheSender)
{
    Queue queue(*reactor);
    SourceDevice device(queue.source.release());
    std::string chunk(16384, 'x');
    int written = 0;

    while (written < 100 && queue.write(chunk) == BIGHT_FLOW_GO) {
        written++;
        turn();
    }
    EXPECT_LT(written, 12) << "64 KiB on each side";
    EXPECT_LE(device.bytesAvailable(), 65536 + 16384);
    qint64 total = 0;
    EXPECT_TRUE(until([&] {
        total += device.readAll().size();
        return total == (written + 1) * 16384;
    }));
}

TEST_F(QtDevice, aLongerLineFitsIfThereIsRoom)
{
    Queue queue(*reactor);
    SourceDevice device(queue.source.release());

    queue.write("a line ");
    EXPECT_TRUE(until([&] { return device.bytesAvailable() == 7; }));
    EXPECT_FALSE(device.canReadLine());
    queue.write("in two pieces\nand");
    EXPECT_TRUE(until([&] { return device.canReadLine(); }));
    EXPECT_EQ(device.readLine(), "a line in two pieces\n");
    EXPECT_FALSE(device.canReadLine());
}

TEST_F(QtDevice, aTextStreamReadsIt)
{
    SourceDevice device(ofBytes("first\nsecond\n").release());
    Told told(device);
    QTextStream text(&device);

    EXPECT_TRUE(until([&] { return told.finished == 1; }));
    EXPECT_EQ(text.readLine(), "first");
    EXPECT_EQ(text.readLine(), "second");
}

TEST_F(QtDevice, anErrorComesWithItsWholeText)
{
    Queue queue(*reactor);
    SourceDevice device(queue.source.release()), none(nullptr);
    Told told(device), out_of_memory(none);

    queue.write("before");
    queue.fail(BIGHT_ERROR_RESET);
    EXPECT_TRUE(until([&] { return told.finished == 1 && out_of_memory.finished == 1; }));
    EXPECT_EQ(told.text, "no");
    EXPECT_EQ(told.status, BIGHT_ERROR_RESET);
    EXPECT_EQ(device.errorString(), "no");
    EXPECT_EQ(bight_error_get_status(device.error()), BIGHT_ERROR_RESET);
    EXPECT_EQ(device.readAll(), "before");
    EXPECT_EQ(out_of_memory.status, BIGHT_ERROR_NO_MEMORY);
}

TEST_F(QtDevice, closingItFreesTheSource)
{
    Queue queue(*reactor), other(*reactor);
    auto device = std::make_unique<SourceDevice>(queue.source.release());
    auto dropped = std::make_unique<SourceDevice>(other.source.release());
    Told told(*device);

    turn();
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));
    Deferred other_gone = own(bight_source_writer_wait_gone(other.writer));
    device->close();
    EXPECT_EQ(endOf(gone), "END");
    EXPECT_EQ(device->readAll(), "");
    dropped.reset();
    EXPECT_EQ(endOf(other_gone), "END");
    turn();
    EXPECT_EQ(told.finished, 0);
}

TEST_F(QtDevice, aFreedReactorIsAnError)
{
    Queue queue(*reactor);
    SourceDevice device(queue.source.release());
    Told told(device);

    turn();
    reactor.reset();
    EXPECT_EQ(told.status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(told.finished, 1);
}

TEST_F(QtDevice, aSlotMayDeleteOrCloseIt)
{
    for (bool deletes : {true, false}) {
        Queue queue(*reactor);
        auto *device = new SourceDevice(queue.source.release(), &context);
        QPointer<SourceDevice> pointer(device);
        QObject::connect(device, &QIODevice::readyRead, [&] {
            if (deletes)
                delete pointer.data();
            else
                pointer->close();
        });
        turn();
        queue.write("bytes");
        EXPECT_TRUE(until([&] { return pointer.isNull() || !pointer->isOpen(); }));
        EXPECT_EQ(endOf(own(bight_source_writer_wait_gone(queue.writer))), "END");
        delete pointer.data();
    }
}

// --- a device becomes a source -------------------------------------------------------------------

using QtToSource = QtSource;

TEST_F(QtToSource, aFileIsReadToItsEndAndAgain)
{
    support::TempDir directory;
    std::string text = longText(300000);
    QFile file(QString::fromStdString(directory.write("file", text)));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    Source source = own(toSource(*reactor, &file));

    EXPECT_EQ(bight_source_get_length(source.get()), text.size());
    EXPECT_TRUE(readAll(source.get()) == text);
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "END");
    ASSERT_EQ(bight_source_rewind(source.get()), BIGHT_OK);
    EXPECT_TRUE(readAll(source.get()) == text);
}

TEST_F(QtToSource, aReadThatIsCancelledLosesNothing)
{
    QByteArray bytes("all of it");
    QBuffer buffer(&bytes);
    ASSERT_TRUE(buffer.open(QIODevice::ReadOnly));
    Source source = own(toSource(*reactor, &buffer));

    for (int i = 0; i < 3; i++)
        bight_deferred_cancel(own(bight_source_read(source.get())).get());
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "all of it");
}

TEST_F(QtToSource, aDeviceThatIsClosedOrDeletedFails)
{
    Queue queue(*reactor), other(*reactor);
    SourceDevice closed(queue.source.release());
    auto deleted = std::make_unique<SourceDevice>(other.source.release());
    Source one = own(toSource(*reactor, &closed)), two = own(toSource(*reactor, deleted.get()));
    Deferred first = own(bight_source_read(one.get())), second = own(bight_source_read(two.get()));

    turn();
    closed.close();
    deleted.reset();
    EXPECT_EQ(waitFor(first), "[closed]");
    EXPECT_EQ(waitFor(second), "[closed]");
    EXPECT_EQ(bight_source_rewind(two.get()), BIGHT_ERROR_UNSUPPORTED);
}

TEST_F(QtToSource, aSequentialDeviceIsReadAsItComes)
{
    Queue queue(*reactor);
    SourceDevice device(queue.source.release()); // a source of a device of a source
    Source source = own(toSource(*reactor, &device));

    EXPECT_EQ(bight_source_get_length(source.get()), BIGHT_SOURCE_UNKNOWN);
    for (const char *text : {"one", "two"}) {
        Deferred read = own(bight_source_read(source.get()));
        turn();
        EXPECT_EQ(endOf(read), "waiting");
        queue.write(text);
        EXPECT_EQ(waitFor(read), text);
    }
    queue.end();
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "END");
}

TEST_F(QtToSource, theProgramSaysWhetherAnEndIsAnError)
{
    Queue queue(*reactor);
    SourceDevice device(queue.source.release());
    Source source = own(toSource(*reactor, &device, [&] {
        return device.error() != nullptr ? device.errorString() : QString();
    }));

    queue.write("half");
    queue.fail(BIGHT_ERROR_RESET);
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "half");
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "[system error]");
}

TEST_F(QtToSource, theOutputOfAProcess)
{
    QProcess process;
    Source source = own(toSource(*reactor, &process));

    process.start("sh", {"-c", "head -c 200000 /dev/zero; echo end"});
    ASSERT_TRUE(process.waitForStarted());
    std::string output = readAll(source.get());
    EXPECT_EQ(output.size(), 200004u);
    EXPECT_EQ(output.substr(200000), "end\n");
    EXPECT_TRUE(until([&] { return process.state() == QProcess::NotRunning; }));
}

TEST_F(QtToSource, aStepMayFreeItAndRunALoop)
{
    QByteArray bytes(100000, 'x');
    QBuffer buffer(&bytes);
    ASSERT_TRUE(buffer.open(QIODevice::ReadOnly));
    Source source = own(toSource(*reactor, &buffer));
    std::string rest;
    std::function<void()> act = [&] {
        rest = waitFor(own(bight_source_read(source.get()))); // in a nested loop
        source.reset();
    };
    bight_deferred *read = bight_source_read(source.get());

    bight_deferred_then(
        read,
        [](bight_result in, void *data) {
            (*static_cast<std::function<void()> *>(data))();
            return in;
        },
        nullptr, &act);
    EXPECT_EQ(waitFor(own(read)).size(), 65536u);
    EXPECT_EQ(rest.size(), 100000u - 65536u);
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    QApplication application(argc, argv);
    return RUN_ALL_TESTS();
}
