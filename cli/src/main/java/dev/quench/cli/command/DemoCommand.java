// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.option.Bounds;
import dev.quench.cli.option.BundledSample;
import dev.quench.cli.option.NormalizationOptions;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.VectorKernels;
import dev.quench.data.image.Normalization;
import dev.quench.pipeline.demo.DemoFiles;
import dev.quench.pipeline.demo.DemoNetworks;
import dev.quench.pipeline.demo.DemoRecipe;
import dev.quench.report.EvaluationReport;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The whole way on the bundled data and model.
@VectorKernels
@Command(
    name = "demo",
    header = "The whole way on bundled data: fuse, calibrate, INT8, 1 bit, evaluate.",
    description = {
      "The whole way on the bundled Fashion-MNIST images and trained networks: fuse, calibrate, quantize to INT8, run a "
          + "second network with 1-bit weights and activations, evaluate on every backend of this machine, report. Takes a minute or two without a GPU.",
      "Run again into the same folder, it reuses the calibration table while that is valid."
    },
    footer = "  quench demo --out quench-demo")
public final class DemoCommand extends QuenchCommand {
  private static final String INPUT = "image";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quench-demo",
      description = "Folder for all files, created if missing; default ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description = "Exit with 3 when INT8 loses more than this many points of top-1 against FP32.")
  private @Nullable Double maxDrop;

  @Option(
      names = "--max-binary-drop",
      paramLabel = "POINTS",
      description = "The same for the 1-bit network.")
  private @Nullable Double maxBinaryDrop;

  @Option(
      names = "--images",
      paramLabel = "N",
      hidden = true,
      description = "Evaluate on the first N test images only, and calibrate on at most as many.")
  private @Nullable Integer images;

  @Override
  public void execute() throws IOException {
    if (images != null && images < 1) {
      throw wrongUsage("--images must be 1 or more, got " + images);
    }
    OutputFile.prepareFolder(out);
    DemoFiles files = new DemoFiles(out);
    OutputFile.check(files.all());
    DemoNetworks networks =
        new DemoNetworks(
            BundledSample.model(BundledSample.MODEL),
            BundledSample.model(BundledSample.VGG),
            BundledSample.model(BundledSample.VGG_BINARY));
    Normalization normalization = new NormalizationOptions().normalization(networks.nin());
    Dataset training = BundledSample.images(true, normalization, INPUT);
    Dataset test = BundledSample.images(false, normalization, INPUT);
    EvaluationReport report =
        DemoRecipe.run(networks, some(training), some(test), files, listener());
    say("");
    say(report.toTable());
    report.skipped().forEach(notice -> say("not run: " + notice));
    say(
        "everything is in "
            + out.toAbsolutePath().normalize()
            + "; open report.html for the plots");
    report(Json.parse(report.toJson()));
    new Bounds(null, maxDrop).check(only(report, DemoRecipe.INT8_GROUP));
    new Bounds(null, maxBinaryDrop).check(only(report, DemoRecipe.BINARY_GROUP));
  }

  private static EvaluationReport only(EvaluationReport report, String group) {
    return new EvaluationReport(
        report.data(),
        report.results().stream().filter(result -> result.group().equals(group)).toList(),
        report.skipped(),
        report.environment());
  }

  private Dataset some(Dataset all) {
    return images == null ? all : all.limit(images);
  }
}
