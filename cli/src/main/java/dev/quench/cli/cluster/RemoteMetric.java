// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.cluster;

import dev.quench.cli.option.MetricOptions;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.eval.cluster.SharedMetric;
import dev.quench.graph.Model;
import dev.quench.metric.fidelity.Reference;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// The metric of a command, made anew in each process from the options that name it.
public final class RemoteMetric implements SharedMetric {
  private static final long serialVersionUID = 1L;

  private final ArrayList<String> arguments;
  private final byte[] model;

  private RemoteMetric(List<String> arguments, byte[] model) {
    this.arguments = new ArrayList<>(arguments);
    this.model = model;
  }

  /// What `command` was told to judge by.
  ///
  /// @param model the first one
  public static RemoteMetric of(QuenchCommand command, Model model) {
    return new RemoteMetric(
        command.argumentsOf(new CommandLine(new Options()).getCommandSpec().options()),
        OnnxWriter.toBytes(model));
  }

  @Override
  public Metric metric(Optional<Reference> reference) throws IOException {
    Options options = new Options();
    new CommandLine(options).parseArgs(arguments.toArray(String[]::new));
    return options
        .metric
        .metric(OnnxReader.read(model, "the model of the job"), reference)
        .orElseThrow(() -> new IllegalStateException("checked by the command"));
  }

  /// The options of the metric alone.
  @Command(name = "metric")
  static final class Options extends QuenchCommand {
    @Mixin private MetricOptions metric;

    @Override
    public void execute() {}
  }
}
