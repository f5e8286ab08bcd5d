// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.help;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// The manual page of one command, as roff with the `man` macros, from what `--help` prints.
final class ManPage {
  /// What troff reads only by its number.
  private static final Pattern OTHERS = Pattern.compile("[^\\p{ASCII}]");

  private final CommandSpec spec;
  private final Help help;
  private final String version;
  private final List<String> lines = new ArrayList<>();

  private ManPage(CommandLine commandLine, String version) {
    this.spec = commandLine.getCommandSpec();
    this.help = new Help(spec, CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    this.version = version;
  }

  /// The text of the page.
  ///
  /// @param version of the program, for the foot of the page
  static String of(CommandLine commandLine, String version) {
    return new ManPage(commandLine, version).text();
  }

  /// For example `quench-table-merge`.
  static String name(CommandLine commandLine) {
    return commandLine.getCommandSpec().qualifiedName("-");
  }

  private String text() {
    UsageMessageSpec usage = spec.usageMessage();
    String name = spec.qualifiedName("-");
    lines.add(
        ".TH \"%s\" \"1\" \"\" \"quench %s\" \"Quench\""
            .formatted(name.toUpperCase(Locale.ROOT), escaped(version)));
    lines.add(".nh");
    lines.add(".ad l");
    section("NAME");
    lines.add(
        escaped(name)
            + " \\- "
            + escaped(firstLine(usage.header().length > 0 ? usage.header() : usage.description())));
    section("SYNOPSIS");
    lines.add(".B " + escaped(help.synopsis(0).strip()));
    section("DESCRIPTION");
    for (String paragraph : usage.description()) {
      paragraph(paragraph);
    }
    parameters();
    options();
    commands();
    footer(usage);
    return String.join("\n", lines) + "\n";
  }

  private void parameters() {
    if (!spec.positionalParameters().isEmpty()) {
      section("ARGUMENTS");
      for (PositionalParamSpec parameter : spec.positionalParameters()) {
        entry(parameter.paramLabel(), parameter);
      }
    }
  }

  private void options() {
    section("OPTIONS");
    Map<String, List<OptionSpec>> groups = GroupedOptionList.groups(spec);
    groups.forEach((heading, options) -> {
      lines.add(".SS " + quoted(heading));
      for (OptionSpec option : options) {
        String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
        entry(String.join(", ", option.names()) + label, option);
      }
    });
  }

  private void commands() {
    if (spec.subcommands().isEmpty()) {
      return;
    }
    section("COMMANDS");
    spec.subcommands()
        .values()
        .forEach(each -> {
          CommandSpec command = each.getCommandSpec();
          lines.add(".TP");
          lines.add(".BR " + escaped(command.qualifiedName("-")) + " (1)");
          lines.add(escaped(firstLine(command.usageMessage().header())));
        });
  }

  /// The last section of help: examples, or what the exit codes mean.
  private void footer(UsageMessageSpec usage) {
    if (usage.footer().length == 0) {
      return;
    }
    section(formatted(usage.footerHeading()).strip().replace(":", "").toUpperCase(Locale.ROOT));
    lines.add(".nf");
    for (String line : usage.footer()) {
      lines.add(escaped(formatted(line)));
    }
    lines.add(".fi");
  }

  private void entry(String names, ArgSpec argument) {
    lines.add(".TP");
    lines.add(".B " + escaped(names));
    for (String line : argument.description()) {
      lines.add(escaped(formatted(line)));
    }
  }

  private void section(String name) {
    lines.add(".SH " + quoted(name));
  }

  private void paragraph(String text) {
    lines.add(".PP");
    lines.add(escaped(formatted(text)));
  }

  private static String firstLine(String[] text) {
    return text.length == 0 ? "" : formatted(text[0]);
  }

  /// picocli's texts are format strings without arguments, some of them formatted already.
  private static String formatted(String text) {
    return text.replace("%n", "\n").replace("%%", "%");
  }

  private static String quoted(String text) {
    return "\"" + escaped(text) + "\"";
  }

  /// Nothing in `text` is a request or an escape sequence afterwards.
  private static String escaped(String text) {
    String plain = text.replace("\\", "\\e").replace("-", "\\-");
    String ascii =
        OTHERS
            .matcher(plain)
            .replaceAll(other -> "\\\\[u%04X]".formatted(other.group().codePointAt(0)));
    return ascii.startsWith(".") || ascii.startsWith("'") ? "\\&" + ascii : ascii;
  }
}
