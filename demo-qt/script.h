// Runs the actions of a file on the widgets that a person would use; docs/guides/demo.md describes
// it.
#ifndef BIGHT_DEMO_QT_SCRIPT_H
#define BIGHT_DEMO_QT_SCRIPT_H

#include <QtCore/QObject>
#include <QtCore/QStringList>
#include <QtCore/QTimer>

namespace chat
{

class Window;

class Script : public QObject
{
    Q_OBJECT

  public:
    Script(Window &window, const QString &screenshot, QObject *parent = nullptr);

    // Read and check the whole file. Returns an error message, or an empty string.
    QString load(const QString &path);

    // Begin; the actions run in turns of the loop.
    void start();

  signals:
    void done();                     // all lines were run, without a quit
    void quit();                     // the script has run quit
    void failed(const QString &why); // the script stops

  private:
    void next();
    void run(const QString &action, const QString &text);
    void waitFor(const QString &text);
    void look();
    void type(const QString &text, bool send);
    void takePicture();
    void show(const QString &name);
    void fail(const QString &why);

    Window &m_window;
    QString m_screenshot;
    QStringList m_lines;
    QString m_awaited; // not empty while a `wait` lasts
    QString m_refusal; // the entry's error for the last `say`
    QTimer m_deadline;
    bool m_over = false;
};

} // namespace chat

#endif
