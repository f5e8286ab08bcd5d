// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.cluster;

import dev.quench.cli.option.DataOptions;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.SharedDataset;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// The data of a command, opened anew in each process from the options that name them.
public final class RemoteData implements SharedDataset {
  private static final long serialVersionUID = 1L;

  private final ArrayList<String> arguments;
  private final boolean training;
  private final byte[] model;

  private RemoteData(List<String> arguments, boolean training, byte[] model) {
    this.arguments = new ArrayList<>(arguments);
    this.training = training;
    this.model = model;
  }

  /// What `command` was told to run on.
  ///
  /// @param model that the data are for
  /// @param training as for [DataOptions#open]
  public static RemoteData of(QuenchCommand command, Model model, boolean training) {
    return new RemoteData(
        command.argumentsOf(new CommandLine(new Options()).getCommandSpec().options()),
        training,
        OnnxWriter.toBytes(model));
  }

  @Override
  public Dataset open() throws IOException {
    Options options = new Options();
    new CommandLine(options).parseArgs(arguments.toArray(String[]::new));
    return options.data.open(OnnxReader.read(model, "the model of the job"), training, options);
  }

  /// The options of data alone.
  @Command(name = "data")
  static final class Options extends QuenchCommand {
    @Mixin private DataOptions data;

    @Override
    public void execute() {}
  }
}
