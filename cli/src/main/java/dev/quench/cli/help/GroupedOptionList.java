// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.help;

import dev.quench.cli.output.OptionGroup;
import java.lang.reflect.Member;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// Lists the options of a command under the headings of the classes that declare them: the
/// command's first, those that all commands share last, each group in alphabetical order.
public final class GroupedOptionList implements IHelpSectionRenderer {
  private static final String OWN = "Options";

  /// Sets the list of options of a command and of all its subcommands.
  public static void install(CommandLine commandLine) {
    commandLine
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new GroupedOptionList());
    commandLine.getSubcommands().values().forEach(GroupedOptionList::install);
  }

  @Override
  public String render(Help help) {
    StringBuilder text = new StringBuilder();
    groups(help.commandSpec())
        .forEach((heading, options) ->
            text.append("%n%s:%n".formatted(heading)).append(list(help, options)));
    return text.toString();
  }

  /// The options that help shows, by heading, in order.
  static Map<String, List<OptionSpec>> groups(CommandSpec spec) {
    Map<String, List<OptionSpec>> groups =
        spec.options().stream()
            .filter(option -> !option.hidden())
            .sorted(
                (a, b) -> String.CASE_INSENSITIVE_ORDER.compare(a.longestName(), b.longestName()))
            .collect(
                Collectors.groupingBy(
                    GroupedOptionList::heading, TreeMap::new, Collectors.toList()));
    Map<String, List<OptionSpec>> ordered = new LinkedHashMap<>();
    if (groups.containsKey(OWN)) {
      ordered.put(OWN, groups.remove(OWN));
    }
    List<OptionSpec> common = groups.remove(OptionGroup.COMMON);
    ordered.putAll(groups);
    if (common != null) {
      ordered.put(OptionGroup.COMMON, common);
    }
    return ordered;
  }

  private static String list(Help help, List<OptionSpec> options) {
    Help.Layout layout =
        help.createDefaultLayout(
            help.commandSpec().options(),
            help.commandSpec().positionalParameters(),
            help.colorScheme());
    layout.addOptions(options, help.createDefaultParamLabelRenderer());
    return layout.toString();
  }

  private static String heading(OptionSpec option) {
    if (option.userObject() instanceof Member member) {
      OptionGroup group = member.getDeclaringClass().getAnnotation(OptionGroup.class);
      return group == null ? OWN : group.value();
    }
    return OWN;
  }
}
