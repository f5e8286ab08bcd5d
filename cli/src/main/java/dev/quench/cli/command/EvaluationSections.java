// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.option.ModelClassNames;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.eval.Candidate;
import dev.quench.eval.LayerErrors;
import dev.quench.pipeline.Samples;
import dev.quench.report.ChangedSamples;
import dev.quench.report.EvaluationReport;
import dev.quench.report.RangeHistograms;
import dev.quench.report.ReportSection;
import dev.quench.run.BackendException;
import dev.quench.run.dataset.Dataset;
import dev.quench.trt.execute.EngineBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the page of an evaluation shows besides the results.
record EvaluationSections(EvaluationReport result, List<Candidate> candidates, Dataset dataset) {
  private static final int LAYER_ERROR_SAMPLES = 8;

  /// @param ranges of the calibration; empty where no table was given
  /// @param command to which a section that cannot be made is noted
  List<ReportSection> all(Optional<RangeHistograms> ranges, QuenchCommand command)
      throws IOException {
    List<ReportSection> sections = new ArrayList<>();
    if (result.results().stream().anyMatch(each -> each.predictions().isPresent())
        && result.results().size() > 1) {
      sections.add(
          ChangedSamples.of(
              result, dataset, ModelClassNames.of(candidates.getFirst().model(), dataset)));
    }
    // A built engine delivers no inner tensors.
    List<Candidate> runnable =
        candidates.stream()
            .filter(candidate -> !(candidate.backend() instanceof EngineBackend))
            .filter(candidate -> candidate.backend().availability().isAvailable())
            .toList();
    ranges.ifPresent(sections::add);
    if (runnable.size() < 2) {
      return sections;
    }
    try {
      sections.add(
          LayerErrors.measure(
              runnable.getFirst(),
              runnable.subList(1, runnable.size()),
              Samples.of(dataset, runnable.getFirst().model(), LAYER_ERROR_SAMPLES)));
    } catch (BackendException | IllegalArgumentException e) {
      command.note("no errors of layers in the report: " + e.getMessage());
    }
    return sections;
  }
}
