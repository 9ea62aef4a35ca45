// Package scoring judges every row of features by its detector's model: the third stage of the flow.
//
//	eddy.features.<tenant>.<p>                                               eddy.scores.<tenant>.<p>
//	series ─► first detector that selects it ─► room for its state
//	rows   ─► model.Score(state, row) ─► direction, least deviation ─► watched? ─► ScoreBlock
//	control record ─► new plan: detectors anew, states kept where the model is the same ──► passes on
//
// Every row is scored and learned from; only watched series are written. A series is watched from its first abnormal
// row, or its silence, until it has been normal for long enough, so a quiet fleet costs nothing downstream.
package scoring
