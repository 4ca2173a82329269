#include "options.h"

#include <QtCore/QCommandLineParser>
#include <cstdio>
#include <cstdlib>

namespace chat
{
namespace
{

// All options, with their texts for --help.
struct Known {
    QCommandLineOption connect{"connect", "Connect there: tcp:127.0.0.1:6667, unix:PATH.",
                               "ENDPOINT"};
    QCommandLineOption host{
        "host",
        "Run a chat server on this window's loop, print \"listening ENDPOINT\", "
        "and connect to it unless there is a --connect too.",
        "ENDPOINT"};
    QCommandLineOption nick{"nick", "The nick; else the login name.", "NICK"};
    QCommandLineOption join{"join", "The channels: '#a,#b'; else #bight.", "CHANNELS"};
    QCommandLineOption dark{"dark", "Dark colours."};
    QCommandLineOption light{"light", "Light colours."};
    QCommandLineOption script{"script", "Run this script.", "FILE"};
    QCommandLineOption transcript{"transcript",
                                  "At the end, write the shown messages to this file.", "FILE"};
    QCommandLineOption screenshot{"screenshot", "The file for the script's screenshot (PNG).",
                                  "FILE"};
    QCommandLineOption countThreads{
        "count-threads", "Print \"threads COUNT STATE\" as the connection's state changes."};
};

Options read(const QCommandLineParser &parser, const Known &known)
{
    Options options;

    options.setup.connect = parser.value(known.connect);
    options.setup.host = parser.value(known.host);
    options.setup.nick = parser.isSet(known.nick) ? parser.value(known.nick) : defaultNick();
    options.setup.join = parser.isSet(known.join) ? parser.value(known.join) : "#bight";
    options.script = parser.value(known.script);
    options.transcript = parser.value(known.transcript);
    options.screenshot = parser.value(known.screenshot);
    options.countThreads = parser.isSet(known.countThreads);
    if (parser.isSet(known.dark))
        options.appearance = Appearance::Dark;
    else if (parser.isSet(known.light))
        options.appearance = Appearance::Light;
    return options;
}

} // namespace

Options parseOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    const Known known;

    parser.setApplicationDescription(
        "A chat window whose network lives in the event loop of Qt. See docs/guides/demo.md.");
    parser.addOptions({known.connect, known.host, known.nick, known.join, known.dark, known.light,
                       known.script, known.transcript, known.screenshot, known.countThreads});
    parser.addHelpOption();
    parser.addVersionOption();
    const bool parsed = parser.parse(arguments);
    if (!parsed || !parser.positionalArguments().isEmpty()) {
        const QString why = parsed
                                ? "Unknown argument: " + parser.positionalArguments().constFirst()
                                : parser.errorText();
        std::fprintf(stderr, "bight-chat-qt: %s\nbight-chat-qt --help lists the options.\n",
                     qPrintable(why));
        std::exit(2);
    }
    if (parser.isSet(QStringLiteral("help")))
        parser.showHelp(0);
    if (parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    return read(parser, known);
}

} // namespace chat
